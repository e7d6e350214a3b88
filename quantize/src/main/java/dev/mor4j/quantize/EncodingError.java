package dev.mor4j.quantize;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * How far encoded values are from what they were made of.
 *
 * @param squaredDifferences sum over all values
 * @param squaredValues sum over all values, before they were encoded
 */
public record EncodingError(double squaredDifferences, double squaredValues) {
  /** That of no values at all. */
  public static final EncodingError NONE = new EncodingError(0, 0);

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Of as many floats in either memory. */
  static EncodingError between(MemorySegment values, MemorySegment decoded) {
    double differences = 0;
    double squares = 0;
    for (long at = 0; at < values.byteSize(); at += Float.BYTES) {
      double value = values.get(FLOAT, at);
      double difference = value - decoded.get(FLOAT, at);
      differences += difference * difference;
      squares += value * value;
    }
    return new EncodingError(differences, squares);
  }

  /** Of the values of both. */
  public EncodingError plus(EncodingError other) {
    return new EncodingError(
        squaredDifferences + other.squaredDifferences, squaredValues + other.squaredValues);
  }

  /** Root mean square of the differences as a share of that of the values; 0 of zeros. */
  public double relative() {
    return squaredValues == 0 ? 0 : Math.sqrt(squaredDifferences / squaredValues);
  }
}
