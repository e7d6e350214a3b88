package dev.mor4j.perplexity;

import dev.mor4j.files.FileKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** Compares a run with the file of a reference run while it is computed. */
final class ReferenceComparison implements WindowObserver, AutoCloseable {
  /** Far above the rounding error of a sum of probabilities. */
  private static final double SUM_TOLERANCE = 1e-3;

  private final Path file;
  private final ReferenceLayout layout;
  private final FileChannel channel;
  private final ByteBuffer row;
  private final float[] reference;
  private final Divergence divergence;
  private int windowsBegun;

  /**
   * Opens a file and checks that its header and size match this run.
   *
   * @throws IOException if they do not match, or the file cannot be read
   */
  ReferenceComparison(Path file, ReferenceLayout layout) throws IOException {
    this.file = file;
    this.layout = layout;
    row = ByteBuffer.allocate(layout.rowBytes()).order(ByteOrder.LITTLE_ENDIAN);
    reference = new float[layout.vocabulary()];
    divergence = new Divergence(layout.recursionCount());
    FileKind kind = FileKind.of(file);
    if (kind != FileKind.REGULAR) {
      throw new FileSystemException(
          file.toString(), null, "expected a reference run, found " + kind.description());
    }
    channel = FileChannel.open(file);
    try {
      layout.require(file, read(ByteBuffer.allocate(ReferenceLayout.HEADER_BYTES)));
      if (channel.size() != layout.fileBytes()) {
        throw damaged(layout.fileBytes() + " bytes", channel.size() + " bytes");
      }
    } catch (IOException failure) {
      channel.close();
      throw failure;
    }
  }

  Divergence divergence() {
    return divergence;
  }

  @Override
  public void begin(ScoredWindow window) throws IOException {
    ByteBuffer here = layout.tokens(window);
    if (!read(ByteBuffer.allocate(layout.tokenBytes())).equals(here)) {
      throw new FileSystemException(
          file.toString(),
          null,
          "the reference run has different tokens in window "
              + windowsBegun
              + " (counted from 0) than this run: compare runs over the same text, with models that"
              + " have the same tokenizer");
    }
    windowsBegun++;
  }

  @Override
  public void position(float[] logProbabilities, int target) throws IOException {
    read(row).asFloatBuffer().get(reference);
    double sum = 0;
    for (float logProbability : reference) {
      sum += Math.exp(logProbability);
    }
    // Written so that NaN fails too.
    if (!(Math.abs(sum - 1) < SUM_TOLERANCE)) {
      throw damaged("probabilities with sum 1", String.valueOf(sum));
    }
    divergence.add(reference, logProbabilities, target);
  }

  @Override
  public void end(int[] depths) throws IOException {
    ByteBuffer bytes = read(ByteBuffer.allocate(depths.length));
    int[] others = new int[depths.length];
    for (int i = 0; i < others.length; i++) {
      others[i] = bytes.get();
      if (others[i] < 0 || others[i] > layout.recursionCount()) {
        throw damaged("depths 0.." + layout.recursionCount(), String.valueOf(others[i]));
      }
    }
    divergence.addDepths(others, depths);
  }

  private ByteBuffer read(ByteBuffer bytes) throws IOException {
    bytes.clear();
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw damaged("more bytes", "the end of the file");
      }
    }
    return bytes.flip();
  }

  private FileSystemException damaged(String expected, String found) {
    return new FileSystemException(
        file.toString(),
        null,
        "the reference run is damaged: expected %s, found %s; compute and save it again"
            .formatted(expected, found));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
