package dev.mor4j.request;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.mor4j.model.InvalidConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Reads requests from JSON objects. The fields are {@code prompt}, {@code id}, and the settings of
 * {@link RequestSettings} by the names of llama.cpp's flags, {@code top_k} for {@code --top-k};
 * some have the names of other tools too. An unknown field, a field that is given twice, under
 * whatever names, and a value of another type or out of range are refused. Not thread-safe.
 */
public final class JsonRequestReader {
  private static final String PROMPT = "prompt";
  private static final String ID = "id";
  private static final String OBJECT = "request";

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final Map<String, RequestField> fieldsByName = new TreeMap<>();
  private final RequestSettings defaults;

  /**
   * Creates a reader.
   *
   * @param defaults hold for what an object does not mention
   */
  public JsonRequestReader(RequestSettings defaults) {
    this.defaults = new RequestSettings(defaults);
    for (RequestField field : RequestField.ALL) {
      field.names().forEach(name -> fieldsByName.put(name, field));
    }
  }

  /** The fields of a request in alphabetical order, aliases included. */
  public List<String> fieldNames() {
    TreeSet<String> names = new TreeSet<>(fieldsByName.keySet());
    names.addAll(List.of(PROMPT, ID));
    return List.copyOf(names);
  }

  /**
   * Reads one JSON object.
   *
   * @throws IllegalArgumentException naming the field, what was expected and what was found; the
   *     field is {@code request} if the text is not a JSON object
   */
  public JsonRequest read(String json) {
    RequestSettings settings = new RequestSettings(defaults);
    Map<String, JsonValue> values = values(json);
    JsonValue prompt = values.remove(PROMPT);
    if (prompt == null) {
      throw new InvalidConfigException(PROMPT, "a string", "none");
    }
    Optional<RequestId> id = Optional.ofNullable(values.remove(ID)).map(JsonValue::id);
    Map<RequestField, String> seen = new HashMap<>();
    values.forEach(
        (name, value) -> {
          RequestField field = field(name);
          String other = seen.putIfAbsent(field, name);
          if (other != null) {
            throw new InvalidConfigException(
                other + " and " + name, "one of them, as they mean the same", "both");
          }
          field.set(settings, value);
        });
    return new JsonRequest(prompt.text(), id, settings);
  }

  private RequestField field(String name) {
    RequestField field = fieldsByName.get(name);
    if (field == null) {
      throw new InvalidConfigException(
          "field", "one of " + String.join(", ", fieldNames()), '"' + name + '"');
    }
    return field;
  }

  /** The fields of an object in its order. */
  private static Map<String, JsonValue> values(String json) {
    try (JsonParser parser = JSON.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw noObject(
            parser.currentToken() == null ? "nothing" : JsonValue.read("", parser).toString());
      }
      Map<String, JsonValue> values = new TreeMap<>();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        parser.nextToken();
        values.put(name, JsonValue.read(name, parser));
      }
      if (parser.nextToken() != null) {
        throw noObject("more text after it");
      }
      return values;
    } catch (JsonProcessingException malformed) {
      throw noObject(malformed.getOriginalMessage());
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private static InvalidConfigException noObject(String found) {
    return new InvalidConfigException(OBJECT, "a JSON object", found);
  }
}
