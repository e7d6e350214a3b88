package dev.mor4j.quantize.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A safetensors file, mapped into memory. Its whole header is checked when it is opened: lengths,
 * types, shapes and offsets, and that the tensors fill the file without gap or overlap.
 *
 * <p>Source: the format's description, {@code github.com/huggingface/safetensors}.
 */
public final class SafetensorsFile implements CheckpointTensors {
  private final Path file;
  private final MappedFile mapping;
  private final Map<String, CheckpointTensor> tensors;

  private SafetensorsFile(Path file, MappedFile mapping, Map<String, CheckpointTensor> tensors) {
    this.file = file;
    this.mapping = mapping;
    this.tensors = tensors;
  }

  /**
   * Maps the file and checks its header.
   *
   * @throws CheckpointException if the file is not a whole and consistent safetensors file
   */
  public static SafetensorsFile open(Path file) throws IOException {
    MappedFile mapping = MappedFile.open(file);
    try {
      return new SafetensorsFile(
          file, mapping, SafetensorsHeader.read(file, mapping.bytes()).tensors());
    } catch (IOException | RuntimeException failure) {
      mapping.close();
      throw failure;
    }
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
