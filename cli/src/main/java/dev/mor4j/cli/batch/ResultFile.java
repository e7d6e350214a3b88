package dev.mor4j.cli.batch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mor4j.files.FileFailures;
import dev.mor4j.files.OutputTarget;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A file of results that a second run continues: JSON lines in the order of their prompts. A file
 * that exists is changed only if it holds results of the same prompts, model and options, and only
 * by one process at a time. A pipe or device gets all results.
 */
final class ResultFile implements BatchSink, AutoCloseable {
  private static final ObjectReader JSON = JsonMapper.builder().build().reader();

  private final Path path;
  private final PromptFile prompts;
  private final Provenance provenance;
  // Not a channel: an interrupt of the thread would close it in the middle of a line.
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
   * Opens or creates a file; removes a last line that was cut off.
   *
   * @param provenance what new results are made with, and existing ones must have been made with
   * @throws IOException if the file holds anything but such results of these prompts, cannot be
   *     written, or is open in another run
   */
  @SuppressWarnings("resource") // all streams are of one descriptor, which the result owns
  static ResultFile open(OutputTarget target, PromptFile prompts, Provenance provenance)
      throws IOException {
    Path path = target.named();
    if (target.isStream()) {
      FileOutputStream stream = new FileOutputStream(target.file().toFile(), true);
      return new ResultFile(path, prompts, provenance, stream);
    }
    RandomAccessFile file = new RandomAccessFile(target.file().toFile(), "rw");
    try {
      lock(path, file.getChannel());
      ResultFile results =
          new ResultFile(path, prompts, provenance, new FileOutputStream(file.getFD()));
      long length = results.readComplete(new FileInputStream(file.getFD()));
      file.setLength(length);
      file.seek(length);
      return results;
    } catch (IOException | RuntimeException failure) {
      file.close();
      throw failure;
    }
  }

  /**
   * Held until the file is closed. POSIX drops a lock when the process closes any descriptor of the
   * file: nothing else here may open it.
   */
  private static void lock(Path path, FileChannel channel) throws IOException {
    boolean isLocked;
    try {
      isLocked = channel.tryLock() != null;
    } catch (OverlappingFileLockException ofThisProcess) {
      isLocked = false;
    } catch (IOException failure) {
      throw FileFailures.named(path, "cannot be locked", failure);
    }
    if (!isLocked) {
      throw FileFailures.refusal(
          path, "another run writes to it: wait until that has ended, or name another file");
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
  private long readComplete(InputStream file) throws IOException {
    long length = 0;
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    InputStream input = new BufferedInputStream(file); // left open: closing it closes the file
    for (int next = input.read(); next >= 0; next = input.read()) {
      if (next == '\n') {
        length += line.size() + 1;
        add(line.toString(StandardCharsets.UTF_8));
        line.reset();
      } else {
        line.write(next);
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
    try {
      output.write((json + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException failure) {
      throw FileFailures.named(path, "writing failed", failure);
    }
  }

  /** Closes and unlocks the file. */
  @Override
  public void close() throws IOException {
    output.close();
  }
}
