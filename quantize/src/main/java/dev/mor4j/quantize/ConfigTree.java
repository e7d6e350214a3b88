package dev.mor4j.quantize;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.mor4j.quantize.checkpoint.CheckpointException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * A JSON or YAML file of nested maps, read by dotted keys. A key with the value null counts as
 * absent, except for {@link #isStated}. Every error names the file and the key.
 */
final class ConfigTree {
  private static final long MAX_FILE_BYTES = 16L << 20;

  /** What Windows tools put at the start of UTF-8 files. */
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final Path file;
  private final Map<?, ?> root;

  private ConfigTree(Path file, Map<?, ?> root) {
    this.file = file;
    this.root = root;
  }

  static ConfigTree json(Path file) throws IOException {
    String text = text(file);
    try {
      return new ConfigTree(
          file, JSON.readValue(text, new TypeReference<Map<String, Object>>() {}));
    } catch (JacksonException malformed) {
      throw new CheckpointException(
          file, "expected a JSON object: " + malformed.getOriginalMessage(), malformed);
    }
  }

  static ConfigTree yaml(Path file) throws IOException {
    String text = text(file);
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    try {
      Object root = new Yaml(new SafeConstructor(options)).load(text);
      if (root instanceof Map<?, ?> map) {
        return new ConfigTree(file, map);
      }
    } catch (YAMLException malformed) {
      String firstLine = String.valueOf(malformed.getMessage()).lines().findFirst().orElse("");
      throw new CheckpointException(file, "not valid YAML: " + firstLine, malformed);
    }
    throw new CheckpointException(file, "expected YAML with keys and values");
  }

  /** The text of a file of at most {@code maxBytes}, without a byte order mark at its start. */
  static String text(Path file, long maxBytes) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException(file, "no such file");
    }
    if (Files.size(file) > maxBytes) {
      throw new CheckpointException(
          file, "expected up to %s bytes, found %s".formatted(maxBytes, Files.size(file)));
    }
    try {
      String text = Files.readString(file);
      return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    } catch (CharacterCodingException notText) {
      throw new CheckpointException(file, "invalid UTF-8", notText);
    }
  }

  private static String text(Path file) throws IOException {
    return text(file, MAX_FILE_BYTES);
  }

  Path file() {
    return file;
  }

  private Optional<Object> find(String key) {
    Object at = root;
    for (String word : key.split("\\.", -1)) {
      if (!(at instanceof Map<?, ?> map) || map.get(word) == null) {
        return Optional.empty();
      }
      at = map.get(word);
    }
    return Optional.of(at);
  }

  boolean has(String key) {
    return find(key).isPresent();
  }

  /** Whether the key is present, even if its value is null. */
  boolean isStated(String key) {
    int dot = key.lastIndexOf('.');
    Object parent = dot < 0 ? root : find(key.substring(0, dot)).orElse(root);
    return parent instanceof Map<?, ?> map && map.containsKey(key.substring(dot + 1));
  }

  boolean flag(String key, boolean absent) throws CheckpointException {
    Optional<Object> value = find(key);
    if (value.isEmpty()) {
      return absent;
    }
    if (value.get() instanceof Boolean flag) {
      return flag;
    }
    throw fault(key, "true or false", value.get());
  }

  Optional<String> word(String key) throws CheckpointException {
    Optional<Object> value = find(key);
    if (value.isPresent() && value.get() instanceof Map<?, ?>) {
      throw fault(key, "one value", value.get());
    }
    return value.map(Object::toString);
  }

  OptionalInt integer(String key) throws CheckpointException {
    Optional<Object> value = find(key);
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    if (value.get() instanceof Integer number) {
      return OptionalInt.of(number);
    }
    throw fault(key, "a whole number", value.get());
  }

  /** As {@link #integer}; the first value if it is a list. */
  OptionalInt firstInteger(String key) throws CheckpointException {
    Optional<Object> value = find(key);
    if (value.isPresent()
        && value.get() instanceof List<?> list
        && !list.isEmpty()
        && list.get(0) instanceof Integer first) {
      return OptionalInt.of(first);
    }
    return integer(key);
  }

  /** The whole numbers of a list, or a single one; none if the key is absent. */
  List<Integer> integers(String key) throws CheckpointException {
    Optional<Object> value = find(key);
    if (value.isPresent() && value.get() instanceof List<?> list) {
      List<Integer> numbers = new ArrayList<>();
      for (Object item : list) {
        if (!(item instanceof Integer number)) {
          throw fault(key, "whole numbers", item);
        }
        numbers.add(number);
      }
      return numbers;
    }
    OptionalInt number = integer(key);
    return number.isPresent() ? List.of(number.getAsInt()) : List.of();
  }

  /** The value if it is text, else empty. */
  Optional<String> text(String key) {
    return find(key).filter(String.class::isInstance).map(String.class::cast);
  }

  /** The value if it is a map, else an empty map. */
  Map<?, ?> map(String key) {
    return find(key).map(value -> value instanceof Map<?, ?> map ? map : Map.of()).orElse(Map.of());
  }

  int requiredInteger(String key) throws CheckpointException {
    OptionalInt value = integer(key);
    if (value.isEmpty()) {
      throw fault(key, "a whole number", "nothing");
    }
    return value.getAsInt();
  }

  /** A number. YAML 1.1 reads {@code 1e-05} as text, so text that spells a number counts too. */
  OptionalDouble number(String key) throws CheckpointException {
    Optional<Object> value = find(key);
    if (value.isEmpty()) {
      return OptionalDouble.empty();
    }
    if (value.get() instanceof Number number) {
      return OptionalDouble.of(number.doubleValue());
    }
    if (value.get() instanceof String text) {
      return OptionalDouble.of(parse(key, text));
    }
    throw fault(key, "a number", value.get());
  }

  double parse(String key, String text) throws CheckpointException {
    try {
      return new BigDecimal(text.strip()).doubleValue();
    } catch (NumberFormatException notNumber) {
      throw fault(key, "a number", text);
    }
  }

  CheckpointException fault(String key, String expected, Object found) {
    return new CheckpointException(
        file, "%s: expected %s, found %s".formatted(key, expected, found));
  }
}
