package dev.mor4j.tokenizer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A small JSON value and its place in the file, for messages. Absent values and {@code null} are
 * the same.
 *
 * @param path its place, such as {@code pre_tokenizer.pretokenizers[0]}
 * @param value a map, list, string, boolean, number, or null
 */
record JsonPart(String path, @Nullable Object value) {

  /** Reads the value at the parser's position. */
  static JsonPart read(JsonParser parser, String path) throws IOException {
    return new JsonPart(path, readValue(parser, path));
  }

  private static @Nullable Object readValue(JsonParser parser, String path) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.START_OBJECT) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String key = parser.currentName();
        parser.nextToken();
        if (fields.containsKey(key)) {
          throw UnsupportedTokenizerException.at(path + "." + key, "one entry", "two");
        }
        fields.put(key, readValue(parser, path + "." + key));
      }
      return fields;
    }
    if (token == JsonToken.START_ARRAY) {
      List<@Nullable Object> items = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        items.add(readValue(parser, path + "[" + items.size() + "]"));
      }
      return items;
    }
    return switch (token) {
      case VALUE_STRING -> parser.getText();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
      default -> null;
    };
  }

  boolean isNull() {
    return value == null;
  }

  /** The field {@code key} of an object. */
  JsonPart get(String key) throws UnsupportedTokenizerException {
    if (value instanceof Map<?, ?> fields) {
      return new JsonPart(path + "." + key, fields.get(key));
    }
    throw unlike("an object");
  }

  /** The items of an array; none if it is absent. */
  List<JsonPart> items() throws UnsupportedTokenizerException {
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof List<?> values)) {
      throw unlike("an array");
    }
    List<JsonPart> items = new ArrayList<>();
    for (Object item : values) {
      items.add(new JsonPart(path + "[" + items.size() + "]", item));
    }
    return items;
  }

  String text() throws UnsupportedTokenizerException {
    if (value instanceof String text) {
      return text;
    }
    throw unlike("a string");
  }

  /** A string of exactly one character. */
  int character() throws UnsupportedTokenizerException {
    String text = text();
    if (text.isEmpty() || text.codePointCount(0, text.length()) != 1) {
      throw unlike("one character");
    }
    return text.codePointAt(0);
  }

  boolean flag() throws UnsupportedTokenizerException {
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw unlike("true or false");
  }

  boolean flag(boolean whenAbsent) throws UnsupportedTokenizerException {
    return value == null ? whenAbsent : flag();
  }

  /** A whole number, 0 or more. */
  int count() throws UnsupportedTokenizerException {
    if (value instanceof Integer number && number >= 0) {
      return number;
    }
    throw unlike("a whole number from 0 to " + Integer.MAX_VALUE);
  }

  UnsupportedTokenizerException unlike(String expected) {
    return UnsupportedTokenizerException.at(path, expected, describe());
  }

  private String describe() {
    if (value instanceof String text) {
      return MessageText.quote(text);
    }
    if (value instanceof Map<?, ?>) {
      return "an object";
    }
    if (value instanceof List<?>) {
      return "an array";
    }
    return String.valueOf(value);
  }
}
