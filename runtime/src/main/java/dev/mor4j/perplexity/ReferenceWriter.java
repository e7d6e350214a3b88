package dev.mor4j.perplexity;

import dev.mor4j.files.FileKind;
import dev.mor4j.files.OutputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;

/**
 * Writes a run to a file with which later runs can be compared; see {@link ReferenceLayout}. An
 * existing file is not overwritten: a comparison that is meant to read the reference could
 * otherwise destroy it.
 */
final class ReferenceWriter implements WindowObserver, AutoCloseable {
  private final ReferenceLayout layout;
  private final OutputFile part;
  private final ByteBuffer row;

  /**
   * @throws FileAlreadyExistsException if the file exists
   */
  ReferenceWriter(Path file, ReferenceLayout layout) throws IOException {
    if (FileKind.of(file) == FileKind.REGULAR) {
      throw new FileAlreadyExistsException(
          file.toString(),
          null,
          "expected a new file for the reference run, found an existing one: delete it or choose"
              + " another name");
    }
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

  /** Completes the file; before, it does not exist under its name. */
  void commit() throws IOException {
    part.commit();
  }

  /** Deletes an incomplete file. */
  @Override
  public void close() throws IOException {
    part.close();
  }
}
