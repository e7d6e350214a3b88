package dev.mor4j.cli.batch;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.mor4j.cli.command.FailureText;
import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.options.PromptOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A file of prompts, one a line; blank lines are left out.
 *
 * @param path where it is
 * @param isJson whether each line is a JSON object
 * @param prompts in the order of the file
 */
public record PromptFile(Path path, boolean isJson, List<BatchPrompt> prompts) {
  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .reader();

  public PromptFile {
    prompts = List.copyOf(prompts);
  }

  /**
   * Reads and checks the whole file, so that nothing is computed for one with a mistake.
   *
   * @throws UsageException naming file and line of a mistake
   */
  public static PromptFile read(Path path, RequestOptions options) throws IOException {
    boolean isJson = path.toString().endsWith(".jsonl");
    // Only LF ends a line (CRLF was read as LF): JSON strings may contain Java's other line ends.
    String[] lines = PromptOptions.read(path).split("\n", -1);
    List<BatchPrompt> prompts = new ArrayList<>();
    for (int line = 0; line < lines.length; line++) {
      if (lines[line].isBlank()) {
        continue;
      }
      try {
        PromptLine content = isJson ? parse(lines[line]) : PromptLine.of(lines[line]);
        RequestOptions.Asked asked = options.request(content.prompt, content.changes);
        prompts.add(
            new BatchPrompt(
                prompts.size(), line + 1, content.id, asked.request(), asked.options()));
      } catch (IllegalArgumentException | UsageException mistake) {
        throw new UsageException("%s:%d: %s".formatted(path, line + 1, FailureText.line(mistake)));
      }
    }
    if (prompts.isEmpty()) {
      throw new UsageException(path + ": expected a prompt on each line, found none");
    }
    return new PromptFile(path, isJson, prompts);
  }

  /** The prompt, id and options of one line. */
  private record PromptLine(String prompt, Optional<JsonNode> id, Map<String, JsonNode> changes) {
    static PromptLine of(String prompt) {
      return new PromptLine(prompt, Optional.empty(), Map.of());
    }
  }

  private static PromptLine parse(String line) throws IOException {
    JsonNode object;
    try {
      object = JSON.readTree(line);
    } catch (JsonProcessingException mistake) {
      throw new UsageException("expected a JSON object, found " + mistake.getOriginalMessage());
    }
    if (!object.isObject()) {
      throw new UsageException("expected a JSON object, found " + object.getNodeType());
    }
    Map<String, JsonNode> changes = new LinkedHashMap<>();
    object.properties().forEach(each -> changes.put(each.getKey(), each.getValue()));
    JsonNode prompt = changes.remove("prompt");
    if (prompt == null || !prompt.isTextual()) {
      throw new UsageException(
          "prompt: expected a text, found " + (prompt == null ? "none" : prompt.getNodeType()));
    }
    JsonNode id = changes.remove("id");
    if (id != null && !id.isTextual() && !id.isIntegralNumber()) {
      throw new UsageException("id: expected a text or a whole number, found " + id.getNodeType());
    }
    return new PromptLine(prompt.textValue(), Optional.ofNullable(id), changes);
  }
}
