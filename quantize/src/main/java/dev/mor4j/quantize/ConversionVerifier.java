package dev.mor4j.quantize;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.quantize.checkpoint.CheckpointException;
import dev.mor4j.quantize.checkpoint.CheckpointTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads a written file back and compares every tensor with each checkpoint tensor it stands for.
 */
final class ConversionVerifier {
  private final Path output;
  private final TensorEncoder encoder;
  private final StageProgress progress;

  /**
   * @param output the file written
   * @param encoder for the tensors that will be compared
   */
  ConversionVerifier(Path output, TensorEncoder encoder, StageProgress progress) {
    this.output = output;
    this.encoder = encoder;
    this.progress = progress;
  }

  /**
   * @return the number of checkpoint tensors compared
   * @throws CheckpointException naming the first tensor that differs
   */
  int verify(List<StoredTensor> tensors) throws IOException {
    int compared = 0;
    try (GgufFile file = GgufFile.open(output)) {
      if (file.tensors().size() != tensors.size()) {
        throw new CheckpointException(
            output,
            "expected %s tensors, found %s".formatted(tensors.size(), file.tensors().size()));
      }
      for (StoredTensor tensor : tensors) {
        GgufTensorInfo info =
            file.tensor(tensor.name())
                .orElseThrow(
                    () ->
                        new CheckpointException(output, "tensor " + tensor.name() + " is missing"));
        requireSameForm(tensor, info);
        for (CheckpointTensor source : tensor.sources()) {
          requireSameValues(source, tensor, file.data(info));
          progress.finished(source.byteSize());
          compared++;
        }
      }
    }
    return compared;
  }

  private void requireSameForm(StoredTensor tensor, GgufTensorInfo info)
      throws CheckpointException {
    if (info.type() != tensor.type() || !info.shape().equals(tensor.shape())) {
      throw new CheckpointException(
          output,
          "tensor %s: expected %s %s, found %s %s"
              .formatted(tensor.name(), tensor.type(), tensor.shape(), info.type(), info.shape()));
    }
  }

  private void requireSameValues(CheckpointTensor source, StoredTensor tensor, MemorySegment stored)
      throws IOException {
    long[] at = {0};
    encoder.encode(
        tensor,
        source,
        piece -> {
          if (piece.mismatch(stored.asSlice(at[0], piece.byteSize())) != -1) {
            throw new CheckpointException(
                output,
                "tensor %s differs from the checkpoint's %s after byte %s"
                    .formatted(tensor.name(), source.name(), at[0]));
          }
          at[0] += piece.byteSize();
        });
  }
}
