package dev.mor4j.quantize;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The difference between encoded values and their source.
 *
 * @param squaredDifferences sum of the squared differences
 * @param squaredValues sum of the squares of the source values
 */
public record EncodingError(double squaredDifferences, double squaredValues) {
  /** The error of no values. */
  public static final EncodingError NONE = new EncodingError(0, 0);

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** The error of decoded floats against as many source floats. */
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

  /** The error over the values of both. */
  public EncodingError plus(EncodingError other) {
    return new EncodingError(
        squaredDifferences + other.squaredDifferences, squaredValues + other.squaredValues);
  }

  /** Root mean square of the differences relative to that of the values; 0 if all are zero. */
  public double relative() {
    return squaredValues == 0 ? 0 : Math.sqrt(squaredDifferences / squaredValues);
  }
}
