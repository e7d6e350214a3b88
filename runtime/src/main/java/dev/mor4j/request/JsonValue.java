package dev.mor4j.request;

import com.fasterxml.jackson.core.JsonParser;
import dev.mor4j.model.InvalidConfigException;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The value of a field of a JSON object. Its accessors check the type and throw {@link
 * InvalidConfigException}.
 *
 * @param field the field's name in the object
 * @param value a {@link String}, {@link BigInteger}, {@link BigDecimal}, {@link Boolean} or {@link
 *     List}, null, or {@link Kind#OBJECT}
 */
record JsonValue(String field, @Nullable Object value) {
  /** Values that no field takes. */
  private enum Kind {
    OBJECT
  }

  /** Reads the value that the parser stands on. */
  static JsonValue read(String field, JsonParser parser) throws IOException {
    return new JsonValue(field, value(parser));
  }

  private static @Nullable Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT -> parser.getBigIntegerValue();
      case VALUE_NUMBER_FLOAT -> parser.getDecimalValue();
      case VALUE_TRUE, VALUE_FALSE -> parser.getBooleanValue();
      case START_ARRAY -> elements(parser);
      case START_OBJECT -> {
        parser.skipChildren();
        yield Kind.OBJECT;
      }
      default -> null;
    };
  }

  private static List<JsonValue> elements(JsonParser parser) throws IOException {
    List<JsonValue> elements = new ArrayList<>();
    while (!parser.nextToken().isStructEnd()) {
      if (parser.currentToken().isStructStart()) {
        parser.skipChildren();
        elements.add(new JsonValue("", Kind.OBJECT));
      } else {
        elements.add(new JsonValue("", value(parser)));
      }
    }
    return elements;
  }

  int integer() {
    if (value instanceof BigInteger number && number.bitLength() < Integer.SIZE) {
      return number.intValue();
    }
    throw refusal("a whole number of 32 bits");
  }

  long longInteger() {
    if (value instanceof BigInteger number && number.bitLength() < Long.SIZE) {
      return number.longValue();
    }
    throw refusal("a whole number of 64 bits");
  }

  float number() {
    if (value instanceof Number number) {
      return number.floatValue();
    }
    throw refusal("a number");
  }

  boolean truth() {
    if (value instanceof Boolean truth) {
      return truth;
    }
    throw refusal("true or false");
  }

  String text() {
    if (value instanceof String text) {
      return text;
    }
    throw refusal("a string");
  }

  /** One string, or an array of strings. */
  List<String> texts() {
    if (value instanceof String text) {
      return List.of(text);
    }
    if (value instanceof List<?> elements) {
      List<String> texts = new ArrayList<>();
      for (Object element : elements) {
        if (!(element instanceof JsonValue(String _, String text))) {
          throw new InvalidConfigException(
              field, "a string or an array of strings", "an array with " + element);
        }
        texts.add(text);
      }
      return texts;
    }
    throw refusal("a string or an array of strings");
  }

  RequestId id() {
    return switch (value) {
      case String text -> new RequestId.Text(text);
      case BigInteger number -> new RequestId.Numeric(number);
      case null, default -> throw refusal("a string or a whole number");
    };
  }

  private InvalidConfigException refusal(String expected) {
    return new InvalidConfigException(field, expected, toString());
  }

  /** A failure of a setter, under the name of this field. */
  IllegalArgumentException refusal(IllegalArgumentException failure) {
    String message = String.valueOf(failure.getMessage());
    return new IllegalArgumentException(
        field + ": " + message.substring(message.indexOf(": ") + ": ".length()).strip(), failure);
  }

  /** The value for a message. */
  @Override
  public String toString() {
    return switch (value) {
      case null -> "null";
      case String text -> "the string \"" + text + "\"";
      case List<?> _ -> "an array";
      case Kind _ -> "an object";
      default -> value.toString();
    };
  }
}
