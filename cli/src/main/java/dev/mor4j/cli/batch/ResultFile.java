package dev.mor4j.cli.batch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A file of results that a second start continues: lines of JSON, in the order of their prompts. It
 * is opened for one prompt file, and changed only if all it holds are results of that file, made
 * with the same model and options.
 */
final class ResultFile implements BatchSink, AutoCloseable {
  private static final ObjectReader JSON = JsonMapper.builder().build().reader();

  private final Path path;
  private final PromptFile prompts;
  private final Provenance provenance;
  // Not a channel: an interrupt would close it in the middle of a line.
  private final FileOutputStream output;
  private int resultCount;
  private int failureCount;

  private ResultFile(
      Path path, PromptFile prompts, Provenance provenance, FileOutputStream output) {
    this.path = path;
    this.prompts = prompts;
    this.provenance = provenance;
    this.output = output;
  }

  /**
   * Opens a file, or makes it; drops a last line that was cut off.
   *
   * @param provenance what results to come are made with, and those in the file must have been
   * @throws IOException if it holds something else than such results of these prompts, or cannot be
   *     written
   */
  static ResultFile open(Path path, PromptFile prompts, Provenance provenance) throws IOException {
    Path folder = path.toAbsolutePath().getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      throw new FileSystemException(
          path.toString(), null, "no such folder: %s; create it first".formatted(folder));
    }
    FileOutputStream output = new FileOutputStream(path.toFile(), true);
    try {
      if (output.getChannel().tryLock() == null) {
        throw new FileSystemException(path.toString(), null, "another process writes it");
      }
      ResultFile results = new ResultFile(path, prompts, provenance, output);
      output.getChannel().truncate(results.readComplete());
      return results;
    } catch (IOException | RuntimeException failure) {
      output.close();
      throw failure;
    }
  }

  /** Results that the file holds, failures included: those of the first prompts. */
  int resultCount() {
    return resultCount;
  }

  /** Prompts without an answer among them. */
  int failureCount() {
    return failureCount;
  }

  /** Counts the results; returns the length of their lines in bytes. */
  private long readComplete() throws IOException {
    long length = 0;
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try (InputStream input = new BufferedInputStream(Files.newInputStream(path))) {
      for (int next = input.read(); next >= 0; next = input.read()) {
        if (next == '\n') {
          length += line.size() + 1;
          add(line.toString(StandardCharsets.UTF_8));
          line.reset();
        } else {
          line.write(next);
        }
      }
    }
    requireBeginning(line.toString(StandardCharsets.UTF_8));
    return length;
  }

  private void add(String line) throws FileSystemException {
    JsonNode result;
    try {
      result = JSON.readTree(line);
    } catch (JsonProcessingException noJson) {
      throw refusal("something else");
    }
    if (resultCount == prompts.prompts().size()) {
      throw refusal("a line more");
    }
    BatchPrompt prompt = prompts.prompts().get(resultCount);
    if (!result.path(JsonResult.INDEX).isInt()
        || result.path(JsonResult.INDEX).intValue() != prompt.index()) {
      throw refusal("something else");
    }
    if (!Optional.ofNullable(result.get(JsonResult.ID)).equals(prompt.id().map(JsonResult::node))
        || !result.path(JsonResult.PROMPT).asText().equals(prompt.request().prompt())) {
      throw refusal("that of another prompt");
    }
    requireMadeWith(provenance.json(prompt), result.path(JsonResult.MADE_WITH));
    resultCount++;
    if (result.has(JsonResult.ERROR)) {
      failureCount++;
    }
  }

  private void requireMadeWith(JsonNode expected, JsonNode found) throws FileSystemException {
    if (found.isMissingNode()) {
      throw refusal("one that does not say which model and options it was made with");
    }
    if (!expected.get(Provenance.MODEL).equals(found.get(Provenance.MODEL))) {
      throw refusal("that of another model");
    }
    if (!expected.equals(found)) {
      throw refusal("one made with other options or another seed");
    }
  }

  /** A last line without its end is dropped, but only if a result may have begun like that. */
  private void requireBeginning(String rest) throws FileSystemException {
    String beginning = "{\"%s\":%s,".formatted(JsonResult.INDEX, resultCount);
    if (!rest.startsWith(beginning) && !beginning.startsWith(rest)) {
      throw refusal("something else");
    }
  }

  private FileSystemException refusal(String found) {
    return new FileSystemException(
        path + ":" + (resultCount + 1),
        null,
        resultCount == prompts.prompts().size()
            ? "expected the end of the results of %s, found %s: name another file with -o"
                .formatted(prompts.path(), found)
            : "expected the result of %s:%s, found %s: name another file with -o"
                .formatted(prompts.path(), prompts.prompts().get(resultCount).line(), found));
  }

  @Override
  public void write(BatchResult result) throws IOException {
    ObjectNode json = JsonResult.json(result);
    json.set(JsonResult.MADE_WITH, provenance.json(result.prompt()));
    output.write((json + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Gives the file free. */
  @Override
  public void close() throws IOException {
    output.close();
  }
}
