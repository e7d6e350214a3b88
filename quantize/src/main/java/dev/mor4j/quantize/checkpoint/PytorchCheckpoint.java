package dev.mor4j.quantize.checkpoint;

import dev.mor4j.quantize.checkpoint.TensorUnpickler.Storage;
import dev.mor4j.quantize.checkpoint.TensorUnpickler.TensorRef;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.razorvine.pickle.PickleException;

/**
 * A file that {@code torch.save} wrote from a state dict: a zip archive with a pickle and the
 * storages that it refers to. The pickle is read without running any code that it names. The
 * storages stay in the mapped file; tensors that share a storage in the file share it here too.
 */
public final class PytorchCheckpoint implements CheckpointTensors {
  private static final String PICKLE = "/data.pkl";
  private static final long MAX_PICKLE_BYTES = 64L << 20;

  private final Path file;
  private final MappedFile mapping;
  private final Map<String, CheckpointTensor> tensors;

  private PytorchCheckpoint(Path file, MappedFile mapping, Map<String, CheckpointTensor> tensors) {
    this.file = file;
    this.mapping = mapping;
    this.tensors = tensors;
  }

  /**
   * Maps the file and reads its pickle.
   *
   * @throws CheckpointException if the file is damaged, too old, or its pickle contains anything
   *     but tensors
   */
  public static PytorchCheckpoint open(Path file) throws IOException {
    MappedFile mapping = MappedFile.open(file);
    try {
      return new PytorchCheckpoint(file, mapping, read(file, mapping.bytes()));
    } catch (IOException | RuntimeException failure) {
      mapping.close();
      throw failure;
    }
  }

  private static Map<String, CheckpointTensor> read(Path file, MemorySegment bytes)
      throws IOException {
    requireZip(file, bytes);
    StoredZip zip = StoredZip.read(file, bytes);
    List<String> pickles = zip.names().stream().filter(name -> name.endsWith(PICKLE)).toList();
    if (pickles.size() != 1) {
      throw new CheckpointException(
          file, "expected one entry data.pkl in the zip archive, found " + pickles.size());
    }
    String folder = pickles.get(0).substring(0, pickles.get(0).length() - PICKLE.length());
    Optional<MemorySegment> byteOrder = zip.content(folder + "/byteorder");
    if (byteOrder.isPresent() && !isLittle(byteOrder.get())) {
      throw new CheckpointException(file, "byteorder: expected little, found another");
    }
    MemorySegment pickle = zip.content(pickles.get(0)).orElseThrow();
    if (pickle.byteSize() > MAX_PICKLE_BYTES) {
      throw new CheckpointException(
          file,
          "data.pkl: expected up to %s bytes, found %s"
              .formatted(MAX_PICKLE_BYTES, pickle.byteSize()));
    }
    Map<String, CheckpointTensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, TensorRef> entry : unpickle(file, pickle).entrySet()) {
      Storage storage = entry.getValue().storage();
      MemorySegment content = storage(file, zip, folder, entry.getKey(), storage);
      long begin = entry.getValue().offset() * storage.type().bytes();
      TensorExtent extent = entry.getValue().extent();
      tensors.put(
          entry.getKey(),
          new CheckpointTensor(
              file,
              entry.getKey(),
              storage.type(),
              extent,
              content.asSlice(begin, extent.span() * storage.type().bytes())));
    }
    return Collections.unmodifiableMap(tensors);
  }

  private static Map<String, TensorRef> unpickle(Path file, MemorySegment pickle)
      throws IOException {
    try {
      return new TensorUnpickler().tensors(pickle.toArray(ValueLayout.JAVA_BYTE));
    } catch (CheckpointException refused) {
      throw refused;
    } catch (PickleException | IOException refused) {
      throw new CheckpointException(file, "data.pkl: " + refused.getMessage(), refused);
    }
  }

  /** The bytes of a storage; there are at least as many as the pickle says. */
  private static MemorySegment storage(
      Path file, StoredZip zip, String folder, String tensor, Storage storage) throws IOException {
    String entry = folder + "/data/" + storage.key();
    MemorySegment content =
        zip.content(entry)
            .orElseThrow(
                () ->
                    new CheckpointException(
                        file, "tensor %s: storage %s is missing".formatted(tensor, entry)));
    if (storage.valueCount() > content.byteSize() / storage.type().bytes()) {
      throw new CheckpointException(
          file,
          "tensor %s: expected %s values of %s in storage %s, found %s bytes"
              .formatted(tensor, storage.valueCount(), storage.type(), entry, content.byteSize()));
    }
    return content;
  }

  private static void requireZip(Path file, MemorySegment bytes) throws IOException {
    if (bytes.byteSize() >= 2
        && bytes.get(ValueLayout.JAVA_BYTE, 0) == 'P'
        && bytes.get(ValueLayout.JAVA_BYTE, 1) == 'K') {
      return;
    }
    throw new CheckpointException(
        file,
        "expected a zip archive as torch.save writes it since PyTorch 1.6, found an older format or"
            + " another kind of file; load and save it with a newer PyTorch, or save safetensors");
  }

  private static boolean isLittle(MemorySegment text) {
    byte[] little = "little".getBytes(StandardCharsets.US_ASCII);
    return text.mismatch(MemorySegment.ofArray(little)) == -1;
  }

  @Override
  public Map<String, CheckpointTensor> tensors() {
    return tensors;
  }

  @Override
  public List<Path> files() {
    return List.of(file);
  }

  @Override
  public void close() {
    mapping.close();
  }
}
