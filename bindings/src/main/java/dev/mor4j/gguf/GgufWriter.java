package dev.mor4j.gguf;

import dev.mor4j.files.OutputFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes a GGUF file of version 3. The caller declares all keys and tensors, then streams the
 * tensors' data in the same order, then calls {@link #commit}, which renames the finished file to
 * the target. Until then the target does not exist or is the old file. A writer that is closed
 * without a commit deletes what it wrote.
 *
 * <p>Memory use does not depend on the size of the file. Not thread-safe. Misuse throws {@link
 * IllegalArgumentException} or {@link IllegalStateException} before anything is written; a write
 * that fails closes the writer.
 */
public final class GgufWriter implements AutoCloseable {
  private static final int VERSION = 3;

  /** A declared tensor. */
  private record Entry(
      String name, TensorType type, Shape shape, int dimensionCount, long byteSize) {}

  private final Path target;
  private final OutputFile file;
  private final GgufOutput output;
  private final Map<String, GgufValue> metadata = new LinkedHashMap<>();
  private final List<Entry> tensors = new ArrayList<>();
  private final Set<String> tensorNames = new HashSet<>();
  private int alignment = DirectoryReader.DEFAULT_ALIGNMENT;
  private long dataBytes; // of all tensors, with the maximum padding
  private boolean directoryWritten;
  private int current; // index of the tensor that the next bytes belong to
  private long currentBytes; // number of its bytes that are written

  private GgufWriter(Path target, OutputFile file) {
    this.target = target;
    this.file = file;
    this.output = new GgufOutput(file);
  }

  /**
   * Starts a file, or a stream if the target is a pipe or device; see {@link OutputFile}.
   *
   * @throws IOException if the folder is missing or not writable, or the target is a folder
   */
  public static GgufWriter create(Path target) throws IOException {
    return new GgufWriter(target, OutputFile.create(target));
  }

  /**
   * Declares a key. {@code general.alignment} sets the alignment and is written only if it is not
   * the default 32.
   *
   * @return this writer
   * @throws IllegalArgumentException if the key is declared twice, empty or too long
   */
  public GgufWriter metadata(String key, GgufValue value) {
    checkDeclaring();
    checkName("key", key, DirectoryReader.MAX_KEY_BYTES);
    if (metadata.containsKey(key)) {
      throw new IllegalArgumentException(
          "%s: key %s is declared twice".formatted(target, Printable.oneLine(key)));
    }
    if (key.equals(DirectoryReader.ALIGNMENT_KEY)) {
      alignment = checkAlignment(value);
    }
    metadata.put(key, value);
    return this;
  }

  /**
   * Declares a tensor with the number of sizes of its shape.
   *
   * @return this writer
   * @throws IllegalArgumentException if the name is declared twice or too long for ggml, a size is
   *     0, or a row is not a multiple of the type's block
   */
  public GgufWriter tensor(String name, TensorType type, Shape shape) {
    return tensor(name, type, shape, shape.dimensionCount());
  }

  /**
   * As {@link #tensor(String, TensorType, Shape)}, with a number of sizes that may count trailing
   * sizes of 1: {@code [256, 1]} has two.
   */
  public GgufWriter tensor(String name, TensorType type, Shape shape, int dimensionCount) {
    checkDeclaring();
    checkName("tensor", name, GgufTensorInfo.MAX_NAME_BYTES);
    if (dimensionCount < shape.dimensionCount() || dimensionCount > Shape.MAX_DIMENSIONS) {
      throw new IllegalArgumentException(
          "%s: tensor %s: expected %s..4 sizes, found %s"
              .formatted(target, Printable.oneLine(name), shape.dimensionCount(), dimensionCount));
    }
    long byteSize = byteSize(name, type, shape);
    if (byteSize > Long.MAX_VALUE - DirectoryReader.MAX_ALIGNMENT - dataBytes) {
      throw new IllegalArgumentException(
          "%s: tensor %s: expected a file below 2^63 bytes, found one that exceeds this with %s %s"
              .formatted(target, Printable.oneLine(name), type, shape));
    }
    if (!tensorNames.add(name)) {
      throw new IllegalArgumentException(
          "%s: tensor %s is declared twice".formatted(target, Printable.oneLine(name)));
    }
    dataBytes += byteSize + DirectoryReader.MAX_ALIGNMENT;
    tensors.add(new Entry(name, type, shape, dimensionCount, byteSize));
    return this;
  }

  /**
   * Writes the next bytes of a tensor: all of them, or a part that follows the last one.
   *
   * @param bytes of any kind of memory; not kept
   * @throws IllegalArgumentException if another tensor has to come first, or there are too many
   *     bytes
   */
  public void write(String name, MemorySegment bytes) throws IOException {
    checkOpen();
    Entry tensor = turn(name);
    if (bytes.byteSize() > tensor.byteSize() - currentBytes) {
      throw new IllegalArgumentException(
          "%s: tensor %s: expected %s more bytes, found %s"
              .formatted(
                  target,
                  Printable.oneLine(name),
                  tensor.byteSize() - currentBytes,
                  bytes.byteSize()));
    }
    try {
      writeDirectoryOnce();
      output.bytes(bytes);
    } catch (RuntimeException e) {
      abandon(e);
      throw e;
    }
    currentBytes += bytes.byteSize();
    if (currentBytes == tensor.byteSize()) {
      output.pad(alignment);
      current++;
      currentBytes = 0;
    }
  }

  /**
   * Forces the file to disk and renames it atomically to the target, which it replaces.
   *
   * @throws IllegalStateException if a tensor lacks bytes
   */
  public void commit() throws IOException {
    commit(written -> {});
  }

  /**
   * As {@link #commit()}, but a check reads the file first. If the check fails, the file is deleted
   * and the target is unchanged.
   */
  public void commit(OutputFile.Check check) throws IOException {
    checkOpen();
    if (current < tensors.size()) {
      Entry tensor = tensors.get(current);
      throw new IllegalStateException(
          "%s: tensor %s: expected %s bytes, found %s"
              .formatted(
                  target, Printable.oneLine(tensor.name()), tensor.byteSize(), currentBytes));
    }
    try {
      writeDirectoryOnce();
    } catch (RuntimeException e) {
      abandon(e);
      throw e;
    }
    output.flush();
    file.commit(check);
  }

  /** Whether the target is a pipe or device, which cannot be replaced or read back. */
  public boolean isStream() {
    return file.isStream();
  }

  /** Bytes written so far; the size of the file after {@link #commit}. */
  public long byteCount() {
    return file.byteCount();
  }

  /** Deletes what was written, unless it was committed. */
  @Override
  public void close() throws IOException {
    file.close();
  }

  // A write can fail in the middle: by a lone surrogate in a string, or by freed memory.
  private void abandon(RuntimeException cause) {
    try {
      file.close();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private Entry turn(String name) {
    if (current == tensors.size()) {
      throw new IllegalArgumentException(
          "%s: expected no more data, found data of tensor %s"
              .formatted(target, Printable.oneLine(name)));
    }
    Entry tensor = tensors.get(current);
    if (!tensor.name().equals(name)) {
      throw new IllegalArgumentException(
          "%s: expected data of tensor %s (%s of %s bytes written), found data of %s"
              .formatted(
                  target,
                  Printable.oneLine(tensor.name()),
                  currentBytes,
                  tensor.byteSize(),
                  Printable.oneLine(name)));
    }
    return tensor;
  }

  private void writeDirectoryOnce() throws IOException {
    if (directoryWritten) {
      return;
    }
    directoryWritten = true;
    if (alignment == DirectoryReader.DEFAULT_ALIGNMENT) {
      metadata.remove(DirectoryReader.ALIGNMENT_KEY);
    }
    output.int32(DirectoryReader.MAGIC);
    output.int32(VERSION);
    output.int64(tensors.size());
    output.int64(metadata.size());
    for (Map.Entry<String, GgufValue> entry : metadata.entrySet()) {
      output.string(GgufOutput.utf8(entry.getKey()));
      output.int32(entry.getValue().type().id());
      output.value(entry.getValue());
    }
    long offset = 0;
    for (Entry tensor : tensors) {
      output.string(GgufOutput.utf8(tensor.name()));
      output.int32(tensor.dimensionCount());
      long[] sizes = tensor.shape().sizes();
      for (int i = 0; i < tensor.dimensionCount(); i++) {
        output.int64(i < sizes.length ? sizes[i] : 1);
      }
      output.int32(tensor.type().id());
      output.int64(offset);
      offset = TensorTable.alignUp(offset + tensor.byteSize(), alignment);
    }
    output.pad(alignment);
  }

  private void checkOpen() {
    if (!file.isOpen()) {
      throw new IllegalStateException(target + ": the writer is closed");
    }
  }

  private void checkDeclaring() {
    checkOpen();
    if (directoryWritten) {
      throw new IllegalStateException(
          target + ": keys and tensors must be declared before the first data");
    }
  }

  private void checkName(String what, String name, int maxBytes) {
    int bytes = GgufOutput.utf8(name).length;
    if (bytes < 1 || bytes > maxBytes) {
      throw new IllegalArgumentException(
          "%s: name of %s %s: expected 1..%s bytes, found %s"
              .formatted(target, what, Printable.quoted(name), maxBytes, bytes));
    }
  }

  private int checkAlignment(GgufValue value) {
    if (value instanceof GgufValue.Whole whole
        && whole.type() == GgufType.UINT32
        && DirectoryReader.isAlignment(whole.value())) {
      return (int) whole.value();
    }
    throw new IllegalArgumentException(
        "%s: %s: expected %s, found %s %s"
            .formatted(
                target,
                DirectoryReader.ALIGNMENT_KEY,
                DirectoryReader.ALIGNMENT_RULE,
                value.type(),
                value.preview()));
  }

  private long byteSize(String name, TensorType type, Shape shape) {
    try {
      return GgufTensorInfo.byteSize(type, shape);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "%s: tensor %s: %s".formatted(target, Printable.oneLine(name), e.getMessage()), e);
    }
  }
}
