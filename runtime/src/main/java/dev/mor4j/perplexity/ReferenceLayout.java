package dev.mor4j.perplexity;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The layout of a reference run's file.
 *
 * <p>Little-endian: eight bytes {@code MORREF01}; six 32-bit integers, the components of this
 * record in their order; then the windows. A window has its inputs and targets as 32-bit integers,
 * the log-probabilities of each scored position as V 32-bit floats, and the depth of each input as
 * one byte. With 32-bit floats, a run has no divergence at all from itself.
 *
 * @param vocabulary V, log-probabilities per position
 * @param recursionCount the model's recursion steps
 * @param windowCount number of windows
 * @param windowSize inputs per window
 * @param firstScored the first scored position of a window
 * @param scoredPerWindow scored positions per window
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
    fields().forEach(header::putInt);
    return header.flip();
  }

  /** Inputs and targets of a window in the file's encoding. */
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
   * Checks that a file's header is that of a run over the same windows with the same vocabulary.
   *
   * @throws IOException that lists all differences
   */
  void require(Path file, ByteBuffer header) throws IOException {
    if (header.order(ByteOrder.LITTLE_ENDIAN).getLong() != MAGIC) {
      throw new FileSystemException(
          file.toString(), null, "expected a reference run (MORREF01), found another kind of file");
    }
    ReferenceLayout found =
        new ReferenceLayout(
            header.getInt(),
            header.getInt(),
            header.getInt(),
            header.getInt(),
            header.getInt(),
            header.getInt());
    if (!equals(found)) {
      throw new FileSystemException(
          file.toString(),
          null,
          differences(found)
              + ": compare with a run of the same text, window size and scoring rule, and a model"
              + " with the same vocabulary and recursion steps");
    }
  }

  private String differences(ReferenceLayout reference) {
    List<String> differences = new ArrayList<>();
    addDifference(differences, "a vocabulary of %s", reference.vocabulary, vocabulary);
    addDifference(differences, "%s recursion steps", reference.recursionCount, recursionCount);
    addDifference(differences, "%s windows", reference.windowCount, windowCount);
    addDifference(differences, "windows of %s tokens", reference.windowSize, windowSize);
    addDifference(differences, "first scored position %s", reference.firstScored, firstScored);
    addDifference(
        differences, "%s scored positions per window", reference.scoredPerWindow, scoredPerWindow);
    return String.join("; ", differences);
  }

  private static void addDifference(List<String> differences, String what, int found, int here) {
    if (found != here) {
      String start = differences.isEmpty() ? "the reference run has " : "";
      String middle = differences.isEmpty() ? ", this run has " : ", not ";
      differences.add(start + what.replace("%s", Integer.toString(found)) + middle + here);
    }
  }

  private List<Integer> fields() {
    return List.of(
        vocabulary, recursionCount, windowCount, windowSize, firstScored, scoredPerWindow);
  }
}
