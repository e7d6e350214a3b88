package dev.mor4j.gguf;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The keys of a GGUF file and their values, in file order. A typed getter throws a {@link
 * GgufFormatException}, which names file and key, if the value has another type or is out of range.
 * Getters without a default also throw it if the key is absent.
 *
 * <p>Immutable; arrays of a file are valid while the file is open ({@link GgufValue}).
 */
public final class GgufMetadata {
  private final Path file;
  private final Map<String, GgufValue> values;

  /**
   * Metadata of a file.
   *
   * @param file named by messages
   * @param values copied; its order is kept
   */
  public GgufMetadata(Path file, Map<String, GgufValue> values) {
    this.file = file;
    this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** The file that messages name. */
  public Path file() {
    return file;
  }

  /** All keys in file order; unmodifiable. */
  public Set<String> keys() {
    return values.keySet();
  }

  /** The value of a key; empty if the file does not have the key. */
  public Optional<GgufValue> find(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /** A string. */
  public String string(String key) throws GgufFormatException {
    return get(key, "a string", GgufMetadata::asString);
  }

  /** A string, or the default if the key is absent. */
  public String string(String key, String absent) throws GgufFormatException {
    return values.containsKey(key) ? string(key) : absent;
  }

  /** A whole number of any integer type in 0..{@link Integer#MAX_VALUE}. */
  public int count(String key) throws GgufFormatException {
    return get(key, "a whole number in 0.." + Integer.MAX_VALUE, GgufMetadata::asCount);
  }

  /** As {@link #count(String)}, or the default if the key is absent. */
  public int count(String key, int absent) throws GgufFormatException {
    return values.containsKey(key) ? count(key) : absent;
  }

  /** A single-precision number. */
  public float float32(String key) throws GgufFormatException {
    return get(key, "a float32", GgufMetadata::asFloat32);
  }

  /** A single-precision number, or the default if the key is absent. */
  public float float32(String key, float absent) throws GgufFormatException {
    return values.containsKey(key) ? float32(key) : absent;
  }

  /** A boolean. */
  public boolean bool(String key) throws GgufFormatException {
    return get(key, "a bool", GgufMetadata::asBool);
  }

  /** A boolean, or the default if the key is absent. */
  public boolean bool(String key, boolean absent) throws GgufFormatException {
    return values.containsKey(key) ? bool(key) : absent;
  }

  /** An array of strings; unmodifiable; each is decoded on access. */
  public List<String> strings(String key) throws GgufFormatException {
    return get(key, "an array of strings", GgufMetadata::asStrings);
  }

  /** As {@link #strings(String)}, or the default if the key is absent. */
  public List<String> strings(String key, List<String> absent) throws GgufFormatException {
    return values.containsKey(key) ? strings(key) : absent;
  }

  /** An array of single-precision numbers; the caller's own copy. */
  public float[] float32s(String key) throws GgufFormatException {
    return get(key, "an array of float32", GgufMetadata::asFloat32s);
  }

  /** As {@link #float32s(String)}, or the default if the key is absent. */
  public float[] float32s(String key, float[] absent) throws GgufFormatException {
    return values.containsKey(key) ? float32s(key) : absent;
  }

  /** An array of numbers of either precision; the caller's own copy. */
  public double[] float64s(String key) throws GgufFormatException {
    return get(key, "an array of float64 or float32", GgufMetadata::asFloat64s);
  }

  /** An array of any integer type whose elements all fit an int; the caller's own copy. */
  public int[] int32s(String key) throws GgufFormatException {
    return get(key, "an array of whole numbers that fit 32 bits", GgufMetadata::asInt32s);
  }

  /** As {@link #int32s(String)}, or the default if the key is absent. */
  public int[] int32s(String key, int[] absent) throws GgufFormatException {
    return values.containsKey(key) ? int32s(key) : absent;
  }

  private <T> T get(String key, String expected, Function<GgufValue, Optional<T>> conversion)
      throws GgufFormatException {
    GgufValue value = values.get(key);
    if (value == null) {
      throw new GgufFormatException(file, key, expected, "no such key");
    }
    Optional<T> converted = conversion.apply(value);
    if (converted.isEmpty()) {
      throw new GgufFormatException(file, key, expected, value.type() + " " + value.preview());
    }
    return converted.get();
  }

  private static Optional<String> asString(GgufValue value) {
    return value instanceof GgufValue.Text(String text) ? Optional.of(text) : Optional.empty();
  }

  private static Optional<Integer> asCount(GgufValue value) {
    return asInt(value).filter(number -> number >= 0);
  }

  private static Optional<Integer> asInt(GgufValue value) {
    return value instanceof GgufValue.Whole whole
            && whole.fitsLong()
            && whole.value() == (int) whole.value()
        ? Optional.of((int) whole.value())
        : Optional.empty();
  }

  private static Optional<Float> asFloat32(GgufValue value) {
    return value instanceof GgufValue.Float32(float number)
        ? Optional.of(number)
        : Optional.empty();
  }

  private static Optional<Boolean> asBool(GgufValue value) {
    return value instanceof GgufValue.Bool(boolean truth) ? Optional.of(truth) : Optional.empty();
  }

  private static Optional<List<String>> asStrings(GgufValue value) {
    return value instanceof GgufValue.TextArray(List<String> texts)
        ? Optional.of(texts)
        : Optional.empty();
  }

  private static Optional<float[]> asFloat32s(GgufValue value) {
    return value instanceof GgufValue.ScalarArray array
            && array.elementType() == GgufType.FLOAT32
            && array.size() <= Integer.MAX_VALUE
        ? Optional.of(array.elements().toArray(LittleEndian.FLOAT))
        : Optional.empty();
  }

  private static Optional<double[]> asFloat64s(GgufValue value) {
    if (value instanceof GgufValue.ScalarArray array
        && array.elementType() == GgufType.FLOAT64
        && array.size() <= Integer.MAX_VALUE) {
      return Optional.of(array.elements().toArray(LittleEndian.DOUBLE));
    }
    return asFloat32s(value)
        .map(
            floats -> {
              double[] doubles = new double[floats.length];
              Arrays.setAll(doubles, i -> floats[i]);
              return doubles;
            });
  }

  private static Optional<int[]> asInt32s(GgufValue value) {
    if (!(value instanceof GgufValue.ScalarArray array)
        || !array.elementType().isWhole()
        || array.size() > Integer.MAX_VALUE) {
      return Optional.empty();
    }
    if (array.elementType() == GgufType.INT32) {
      return Optional.of(array.elements().toArray(LittleEndian.INT));
    }
    int[] numbers = new int[(int) array.size()];
    for (int i = 0; i < numbers.length; i++) {
      Optional<Integer> number = asInt(array.get(i));
      if (number.isEmpty()) {
        return Optional.empty();
      }
      numbers[i] = number.get();
    }
    return Optional.of(numbers);
  }
}
