package dev.mor4j.cli.batch;

import dev.mor4j.cli.command.FailureText;
import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.options.PromptOptions;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.request.JsonRequest;
import dev.mor4j.request.JsonRequestReader;
import dev.mor4j.request.RequestSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A file of prompts, one per line. Blank lines are skipped.
 *
 * @param path the file's path
 * @param isJson whether each line is a JSON object
 * @param prompts in the order of the file
 */
public record PromptFile(Path path, boolean isJson, List<BatchPrompt> prompts) {
  public PromptFile {
    prompts = List.copyOf(prompts);
  }

  /**
   * Reads and checks the whole file before anything is computed.
   *
   * @param defaults the settings of prompts that have none of their own
   * @throws UsageException naming file and line of a mistake
   */
  public static PromptFile read(Path path, RequestSettings defaults, StandardStreams streams)
      throws IOException {
    boolean isJson = path.toString().endsWith(".jsonl");
    JsonRequestReader reader = new JsonRequestReader(defaults);
    // Only LF ends a line (CRLF was read as LF): JSON strings may contain Java's other line ends.
    String[] lines = PromptOptions.read(path, streams).split("\n", -1);
    List<BatchPrompt> prompts = new ArrayList<>();
    for (int line = 0; line < lines.length; line++) {
      if (lines[line].isBlank()) {
        continue;
      }
      try {
        JsonRequest asked =
            isJson
                ? reader.read(lines[line])
                : new JsonRequest(lines[line], Optional.empty(), defaults);
        prompts.add(
            new BatchPrompt(
                prompts.size(),
                line + 1,
                asked.id(),
                asked.settings().request(asked.prompt()),
                asked.settings().toString()));
      } catch (IllegalArgumentException mistake) {
        throw new UsageException("%s:%s: %s".formatted(path, line + 1, FailureText.line(mistake)));
      }
    }
    if (prompts.isEmpty()) {
      throw new UsageException(path + ": expected a prompt on each line, found none");
    }
    return new PromptFile(path, isJson, prompts);
  }
}
