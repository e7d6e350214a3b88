package dev.mor4j.perplexity;

import dev.mor4j.files.OutputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** Writes a run to a file, for later runs to be compared with; see {@link ReferenceLayout}. */
final class ReferenceWriter implements WindowObserver, AutoCloseable {
  private final ReferenceLayout layout;
  private final OutputFile part;
  private final ByteBuffer row;

  ReferenceWriter(Path file, ReferenceLayout layout) throws IOException {
    this.layout = layout;
    row = ByteBuffer.allocate(layout.rowBytes()).order(ByteOrder.LITTLE_ENDIAN);
    part = OutputFile.create(file);
    part.append(layout.header());
  }

  @Override
  public void begin(ScoredWindow window) throws IOException {
    part.append(layout.tokens(window));
  }

  @Override
  public void position(float[] logProbabilities, int target) throws IOException {
    row.clear();
    row.asFloatBuffer().put(logProbabilities);
    part.append(row);
  }

  @Override
  public void end(int[] depths) throws IOException {
    byte[] bytes = new byte[depths.length];
    for (int i = 0; i < depths.length; i++) {
      bytes[i] = (byte) depths[i];
    }
    part.append(ByteBuffer.wrap(bytes));
  }

  /** Gives the file its name. */
  void commit() throws IOException {
    part.commit();
  }

  /** Deletes what is not committed. */
  @Override
  public void close() throws IOException {
    part.close();
  }
}
