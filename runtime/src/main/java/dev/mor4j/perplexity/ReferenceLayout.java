package dev.mor4j.perplexity;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;

/**
 * What a reference run's file holds. All little-endian: eight bytes {@code MORREF01}; six 32-bit
 * integers, the components of this record in their order; then each window: inputs and targets as
 * 32-bit integers, the log-probabilities of each scored position as V 32-bit floats, and the depth
 * of each input as one byte. 32-bit floats, so that a run against itself has no divergence at all.
 *
 * @param vocabulary V, log-probabilities of a position
 * @param recursionCount the deepest a token can go
 * @param windowCount windows
 * @param windowSize inputs of a window
 * @param firstScored first position of a window that is scored
 * @param scoredPerWindow positions of a window that are scored
 */
record ReferenceLayout(
    int vocabulary,
    int recursionCount,
    int windowCount,
    int windowSize,
    int firstScored,
    int scoredPerWindow) {
  static final int HEADER_BYTES = 32;

  /** "MORREF01" read as a little-endian number. */
  private static final long MAGIC = 0x3130464552524F4DL;

  static ReferenceLayout of(ScoredText text, int vocabulary, int recursionCount) {
    return new ReferenceLayout(
        vocabulary,
        recursionCount,
        text.windowCount(),
        text.windowSize(),
        text.windows().getFirst().firstScored(),
        text.scoredPerWindow());
  }

  /** Bytes of one position's log-probabilities. */
  int rowBytes() {
    return Math.multiplyExact(vocabulary, Float.BYTES);
  }

  /** Bytes of a window's inputs and targets. */
  int tokenBytes() {
    return Math.multiplyExact(Math.addExact(windowSize, scoredPerWindow), Integer.BYTES);
  }

  /** Bytes of the whole file. */
  long fileBytes() {
    long window = (long) tokenBytes() + (long) scoredPerWindow * rowBytes() + windowSize;
    return Math.addExact(HEADER_BYTES, Math.multiplyExact(windowCount, window));
  }

  ByteBuffer header() {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(MAGIC);
    fields().forEach(field -> header.putInt(field.value()));
    return header.flip();
  }

  /** Tokens of one window as they stand in the file. */
  ByteBuffer tokens(ScoredWindow window) {
    ByteBuffer bytes = ByteBuffer.allocate(tokenBytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (int input : window.inputs()) {
      bytes.putInt(input);
    }
    for (int target : window.targets()) {
      bytes.putInt(target);
    }
    return bytes.flip();
  }

  /**
   * Checks that a file's header is that of a run over the same text with a like model.
   *
   * @throws IOException naming the first thing that differs
   */
  void require(Path file, ByteBuffer header) throws IOException {
    if (header.order(ByteOrder.LITTLE_ENDIAN).getLong() != MAGIC) {
      throw new FileSystemException(
          file.toString(), null, "expected a reference run (MORREF01), found another kind of file");
    }
    for (Field field : fields()) {
      int found = header.getInt();
      if (found != field.value()) {
        throw new FileSystemException(
            file.toString(),
            null,
            "expected a reference run with %s %d, as here, found %d"
                .formatted(field.name(), field.value(), found));
      }
    }
  }

  private record Field(String name, int value) {}

  private List<Field> fields() {
    return List.of(
        new Field("vocabulary", vocabulary),
        new Field("recursion steps", recursionCount),
        new Field("windows", windowCount),
        new Field("window (-c)", windowSize),
        new Field("first scored position (--score)", firstScored),
        new Field("scored positions (--score)", scoredPerWindow));
  }
}
