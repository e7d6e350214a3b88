package dev.mor4j.quantize;

import dev.mor4j.ggml.Quantization;
import dev.mor4j.gguf.TensorType;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Encodes tensors on several threads, in pieces of whole rows that are delivered in order. Memory
 * use depends on the number of threads and the length of a row, not on the size of a tensor.
 *
 * <p>For one thread. After a failure it can only be closed, which waits for the pieces being
 * encoded.
 */
final class RowsEncoder implements AutoCloseable {
  /** Values per piece, rounded down to whole rows: 1 MiB as F32. */
  private static final long PIECE_VALUES = 1 << 18;

  private static final long BUFFER_ALIGNMENT = 64;
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** The smallest value that rounds to infinity in F16. */
  private static final float TOO_LARGE_FOR_F16 = 65520;

  /** The same for BF16: halfway between its largest number and 2^128. */
  private static final float TOO_LARGE_FOR_BF16 = 0x1.ffp127f;

  /** Receives one encoded piece, which is valid only during the call. */
  interface Sink {
    void accept(MemorySegment encoded) throws IOException;
  }

  /** Whether to decode the result and compare it with its source. */
  enum Check {
    NONE,
    MEASURE_ERROR
  }

  /** Memory for one piece; that for decoded values is empty unless errors are measured. */
  private record Lane(MemorySegment floats, MemorySegment encoded, MemorySegment decoded) {}

  /** A finished piece. */
  private record Encoded(MemorySegment bytes, EncodingError error) {}

  private final Check check;
  private final Arena memory = Arena.ofShared();
  private final ExecutorService threads;
  private final List<Lane> lanes = new ArrayList<>();

  /** Importances of the current tensor. Pieces of two tensors are never encoded at once. */
  private final MemorySegment importanceRow;

  /**
   * @param tensors all that will be encoded or checked
   */
  RowsEncoder(List<TensorRows> tensors, int threadCount) {
    this(tensors, threadCount, Check.NONE);
  }

  RowsEncoder(List<TensorRows> tensors, int threadCount, Check check) {
    this.check = check;
    long floats = 0;
    long encoded = 0;
    long longestRow = 1;
    for (TensorRows tensor : tensors) {
      long rows = rowsPerPiece(tensor);
      longestRow = Math.max(longestRow, tensor.rowValues());
      floats = Math.max(floats, rows * TensorType.F32.rowBytes(tensor.rowValues()));
      encoded = Math.max(encoded, rows * tensor.type().rowBytes(tensor.rowValues()));
    }
    try {
      importanceRow = memory.allocate(TensorType.F32.rowBytes(longestRow), BUFFER_ALIGNMENT);
      // Two per thread: while one piece is written, the thread encodes another.
      for (int lane = 0; lane < 2 * threadCount; lane++) {
        lanes.add(
            new Lane(
                memory.allocate(floats, BUFFER_ALIGNMENT),
                memory.allocate(encoded, BUFFER_ALIGNMENT),
                memory.allocate(check == Check.NONE ? 0 : floats, BUFFER_ALIGNMENT)));
      }
    } catch (RuntimeException | Error e) {
      memory.close();
      throw e;
    }
    threads =
        Executors.newFixedThreadPool(
            threadCount, Thread.ofPlatform().daemon().name("mor-quantize-", 0).factory());
  }

  private static long rowsPerPiece(TensorRows tensor) {
    return Math.min(Math.max(1, PIECE_VALUES / tensor.rowValues()), tensor.rowCount());
  }

  /**
   * Encodes all rows of a tensor.
   *
   * @param importances one for each value of a row; empty for unweighted errors
   * @return the encoding error; {@link EncodingError#NONE} unless errors are measured
   * @throws QuantizationException naming the tensor if a value is not finite or does not fit the
   *     type
   */
  EncodingError encode(TensorRows tensor, Optional<float[]> importances, Sink sink)
      throws IOException {
    if (importances.isEmpty()) {
      return encode(tensor, MemorySegment.NULL, sink);
    }
    float[] values = importances.get();
    MemorySegment.copy(values, 0, importanceRow, ValueLayout.JAVA_FLOAT, 0, values.length);
    return encode(tensor, importanceRow.asSlice(0, (long) values.length * Float.BYTES), sink);
  }

  /**
   * Checks a tensor that is copied as it is.
   *
   * @throws QuantizationException naming the tensor if it contains NaN or infinity
   */
  void requireFinite(TensorRows tensor) throws QuantizationException {
    MemorySegment floats = lanes.get(0).floats(); // no piece is being encoded
    long pieceRows = rowsPerPiece(tensor);
    for (long first = 0; first < tensor.rowCount(); first += pieceRows) {
      long rows = Math.min(pieceRows, tensor.rowCount() - first);
      MemorySegment room = floats.asSlice(0, rows * TensorType.F32.rowBytes(tensor.rowValues()));
      try {
        requireBelow(
            Float.POSITIVE_INFINITY, TensorType.F32, tensor.source().rows(first, rows, room));
      } catch (IllegalArgumentException unfit) {
        throw unfit(tensor, unfit);
      }
    }
  }

  private static QuantizationException unfit(TensorRows tensor, IllegalArgumentException reason) {
    return new QuantizationException(
        tensor.file(), "tensor %s: %s".formatted(tensor.name(), reason.getMessage()), reason);
  }

  private EncodingError encode(TensorRows tensor, MemorySegment importances, Sink sink)
      throws IOException {
    long pieceRows = rowsPerPiece(tensor);
    long rows = tensor.rowCount();
    EncodingError error = EncodingError.NONE;
    Deque<Future<Encoded>> pending = new ArrayDeque<>();
    long started = 0;
    for (long first = 0; first < rows; first += pieceRows) {
      if (pending.size() == lanes.size()) {
        error = error.plus(finish(tensor, pending.remove(), sink));
      }
      Lane lane = lanes.get((int) (started++ % lanes.size()));
      Piece piece = new Piece(tensor, importances, first, Math.min(pieceRows, rows - first), check);
      pending.add(threads.submit(() -> piece.encode(lane)));
    }
    while (!pending.isEmpty()) {
      error = error.plus(finish(tensor, pending.remove(), sink));
    }
    return error;
  }

  private static EncodingError finish(TensorRows tensor, Future<Encoded> piece, Sink sink)
      throws IOException {
    Encoded encoded = result(tensor, piece);
    sink.accept(encoded.bytes());
    return encoded.error();
  }

  private static Encoded result(TensorRows tensor, Future<Encoded> piece) throws IOException {
    try {
      return piece.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(tensor.file() + ": quantization was interrupted");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IllegalArgumentException unfit) {
        throw unfit(tensor, unfit);
      }
      throw new IllegalStateException("encoding %s failed".formatted(tensor.name()), e.getCause());
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    threads.close();
    memory.close();
  }

  /** Consecutive rows of a tensor. */
  private record Piece(
      TensorRows tensor, MemorySegment importances, long first, long rows, Check check) {
    Encoded encode(Lane lane) {
      long rowValues = tensor.rowValues();
      MemorySegment room = lane.floats().asSlice(0, rows * TensorType.F32.rowBytes(rowValues));
      MemorySegment values = tensor.source().rows(first, rows, room);
      requireFits(values);
      MemorySegment encoded = lane.encoded().asSlice(0, rows * tensor.type().rowBytes(rowValues));
      if (importances.equals(MemorySegment.NULL)) {
        Quantization.encode(tensor.type(), values, encoded, rows, rowValues);
      } else {
        Quantization.encodeWeighted(tensor.type(), values, encoded, rows, rowValues, importances);
      }
      return new Encoded(encoded, error(values, encoded, lane));
    }

    private EncodingError error(MemorySegment values, MemorySegment encoded, Lane lane) {
      return switch (check) {
        case NONE -> EncodingError.NONE;
        case MEASURE_ERROR -> {
          MemorySegment decoded = lane.decoded().asSlice(0, values.byteSize());
          Quantization.decode(tensor.type(), encoded, decoded, rows, tensor.rowValues());
          yield EncodingError.between(values, decoded);
        }
      };
    }

    // Quantization checks the values of quantized types itself, against a lower limit.
    private void requireFits(MemorySegment values) {
      if (!tensor.type().isQuantized()) {
        requireBelow(limit(tensor.type()), tensor.type(), values);
      }
    }
  }

  /** The least magnitude that a type stores as infinity. */
  private static float limit(TensorType type) {
    return switch (type) {
      case F16 -> TOO_LARGE_FOR_F16;
      case BF16 -> TOO_LARGE_FOR_BF16;
      default -> Float.POSITIVE_INFINITY;
    };
  }

  private static void requireBelow(float limit, TensorType type, MemorySegment values) {
    for (long at = 0; at < values.byteSize(); at += Float.BYTES) {
      float value = values.get(FLOAT, at);
      if (!(Math.abs(value) < limit)) { // true for NaN
        throw new IllegalArgumentException(
            Float.isFinite(value)
                ? "the value %s is too large for %s: use %s"
                    .formatted(value, type, type == TensorType.F16 ? "BF16 or F32" : "F32")
                : "expected finite values, found " + value);
      }
    }
  }
}
