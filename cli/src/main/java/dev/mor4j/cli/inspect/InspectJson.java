package dev.mor4j.cli.inspect;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.mor4j.engine.ModelSummary;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Prints a report as a JSON object. Arrays of more than {@value #MOST_ELEMENTS} values and strings
 * of more than {@value #MOST_CHARS} characters become objects with their {@code length} and their
 * {@code start}.
 */
final class InspectJson {
  private static final int MOST_ELEMENTS = 64;
  private static final int MOST_CHARS = 1024;
  private static final int LAST_PRINTABLE_ASCII = '~';

  private final JsonGenerator json;
  private final Optional<Integer> contextSize;

  private InspectJson(JsonGenerator json, Optional<Integer> contextSize) {
    this.json = json;
    this.contextSize = contextSize;
  }

  static void write(FileReport report, Optional<Integer> contextSize, PrintWriter out)
      throws IOException {
    try (JsonGenerator json =
        JsonFactory.builder().build().createGenerator(out).useDefaultPrettyPrinter()) {
      json.setHighestNonEscapedChar(LAST_PRINTABLE_ASCII); // files may contain control characters
      json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      new InspectJson(json, contextSize).write(report);
    }
    out.println();
  }

  private void write(FileReport report) throws IOException {
    json.writeStartObject();
    json.writeStringField("file", report.file().path().toString());
    json.writeNumberField("bytes", report.file().sizeBytes());
    json.writeNumberField("gguf_version", report.file().version());
    json.writeNumberField("parameters", report.parameterCount());
    json.writeNumberField("weight_bytes", report.weightBytes());
    json.writeObjectFieldStart("metadata");
    for (String key : report.file().metadata().keys()) {
      json.writeFieldName(key);
      write(report.file().metadata().find(key).orElseThrow());
    }
    json.writeEndObject();
    json.writeArrayFieldStart("tensors");
    for (GgufTensorInfo tensor : report.file().tensors()) {
      write(tensor);
    }
    json.writeEndArray();
    if (report.model().isPresent()) {
      write(report.model().get());
    }
    if (report.problem().isPresent()) {
      json.writeStringField("problem", report.problem().get());
    }
    json.writeEndObject();
  }

  private void write(GgufValue value) throws IOException {
    switch (value) {
      case GgufValue.Whole whole -> json.writeNumber(whole.preview());
      case GgufValue.Float32(float number) -> json.writeNumber(number);
      case GgufValue.Float64(double number) -> json.writeNumber(number);
      case GgufValue.Bool(boolean truth) -> json.writeBoolean(truth);
      case GgufValue.Text(String text) -> write(text);
      case GgufValue.ScalarArray array ->
          writeArray(array.size(), index -> write(array.get(index)));
      case GgufValue.TextArray(List<String> texts) ->
          writeArray(texts.size(), index -> write(texts.get((int) index)));
    }
  }

  private interface Element {
    void write(long index) throws IOException;
  }

  private void writeArray(long size, Element element) throws IOException {
    boolean isCut = size > MOST_ELEMENTS;
    if (isCut) {
      json.writeStartObject();
      json.writeNumberField("length", size);
      json.writeFieldName("start");
    }
    json.writeStartArray();
    for (long index = 0; index < Math.min(size, MOST_ELEMENTS); index++) {
      element.write(index);
    }
    json.writeEndArray();
    if (isCut) {
      json.writeEndObject();
    }
  }

  private void write(String text) throws IOException {
    if (text.length() <= MOST_CHARS) {
      json.writeString(text);
      return;
    }
    int end = text.offsetByCodePoints(0, text.codePointCount(0, MOST_CHARS - 1));
    json.writeStartObject();
    json.writeNumberField("length", text.length());
    json.writeStringField("start", text.substring(0, end));
    json.writeEndObject();
  }

  private void write(GgufTensorInfo tensor) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", tensor.name());
    json.writeStringField("type", lowerCase(tensor.type()));
    json.writeFieldName("shape");
    json.writeArray(tensor.shape().sizes(), 0, tensor.shape().sizes().length);
    json.writeNumberField("bytes", tensor.byteSize());
    json.writeEndObject();
  }

  private void write(ModelSummary model) throws IOException {
    MorConfig config = model.config();
    RecursionConfig recursion = config.recursion();
    json.writeObjectFieldStart("model");
    json.writeNumberField("stored_layers", recursion.storedBlockCount());
    json.writeNumberField("recursion_steps", recursion.count());
    json.writeNumberField("shared_block_layers", recursion.blockLength());
    json.writeStringField("sharing", lowerCase(recursion.sharing()));
    json.writeStringField("routing", lowerCase(config.routing().kind()));
    json.writeStringField("kv_policy", lowerCase(config.kvPolicy()));
    json.writeNumberField("unique_parameters", model.parameterCount());
    json.writeNumberField("unrolled_parameters", model.unrolledParameterCount());
    json.writeObjectFieldStart("block_tensors");
    for (var tensor : model.storage().entrySet()) {
      json.writeStringField(lowerCase(tensor.getKey()), lowerCase(tensor.getValue()));
    }
    json.writeEndObject();
    int tokens = contextSize.orElse(config.contextLength());
    json.writeNumberField("kv_context_size", tokens);
    json.writeObjectFieldStart("kv_f16_bytes");
    for (Map.Entry<String, Long> part : model.kvBytesPerToken().entrySet()) {
      json.writeNumberField(part.getKey(), tokens * part.getValue());
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private static String lowerCase(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
