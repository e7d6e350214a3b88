package dev.mor4j.cli.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.mor4j.engine.GenerationStatistics;
import dev.mor4j.request.RequestId;
import java.math.BigInteger;
import java.util.Locale;

/** Formats a result as a JSON line. */
final class JsonResult {
  static final String INDEX = "index";
  static final String ID = "id";
  static final String PROMPT = "prompt";
  static final String ERROR = "error";
  static final String MADE_WITH = "made_with";

  private JsonResult() {}

  /** The JSON object without a line end. */
  static String line(BatchResult result) {
    return json(result).toString();
  }

  static ObjectNode json(BatchResult result) {
    BatchPrompt prompt = result.prompt();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put(INDEX, prompt.index());
    prompt.id().ifPresent(id -> json.set(ID, node(id)));
    json.put(PROMPT, prompt.request().prompt());
    switch (result) {
      case BatchResult.Answered answer -> add(answer, json);
      case BatchResult.Failed failure -> json.put(ERROR, failure.reason());
    }
    return json;
  }

  /** The id of a prompt, of the type that the prompt file gave it. */
  static JsonNode node(RequestId id) {
    return switch (id) {
      case RequestId.Text(String text) -> TextNode.valueOf(text);
      case RequestId.Numeric(BigInteger number) ->
          number.bitLength() < Integer.SIZE
              ? IntNode.valueOf(number.intValue())
              : number.bitLength() < Long.SIZE
                  ? LongNode.valueOf(number.longValue())
                  : BigIntegerNode.valueOf(number);
    };
  }

  private static void add(BatchResult.Answered answer, ObjectNode json) {
    GenerationStatistics statistics = answer.statistics();
    json.put("text", answer.text());
    json.put("prompt_tokens", statistics.promptTokens());
    json.put("tokens", statistics.generatedTokens());
    json.put("mean_depth", statistics.meanDepth());
    ArrayNode depths = json.putArray("depth_counts");
    statistics.depthCounts().forEach(depths::add);
    json.put("finish_reason", statistics.finishReason().name().toLowerCase(Locale.ROOT));
    json.put("seed", answer.prompt().request().sampling().seed().orElseThrow());
  }
}
