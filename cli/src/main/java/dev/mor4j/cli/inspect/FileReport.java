package dev.mor4j.cli.inspect;

import dev.mor4j.architecture.Architectures;
import dev.mor4j.cli.command.FailureText;
import dev.mor4j.engine.ModelSummary;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.model.MetadataKeys;
import java.util.Optional;

/**
 * The content of a file for {@code mor inspect}.
 *
 * @param file open
 * @param model the model in it, if mor runs its architecture
 * @param problem why mor cannot run the model, if its architecture is known
 */
record FileReport(GgufFile file, Optional<ModelSummary> model, Optional<String> problem) {

  static FileReport of(GgufFile file) throws GgufFormatException {
    String architecture = file.metadata().string(MetadataKeys.ARCHITECTURE, "");
    if (Architectures.find(architecture).isEmpty()) {
      return new FileReport(file, Optional.empty(), Optional.empty());
    }
    try {
      return new FileReport(file, Optional.of(ModelSummary.of(file)), Optional.empty());
    } catch (GgufFormatException unusable) {
      // The file itself is valid, and users inspect it to find out why it does not run.
      return new FileReport(file, Optional.empty(), Optional.of(FailureText.line(unusable)));
    }
  }

  /** Size of all tensors in bytes. */
  long weightBytes() {
    return file.tensors().stream().mapToLong(GgufTensorInfo::byteSize).sum();
  }

  /** Number of values in all tensors. */
  long parameterCount() {
    return file.tensors().stream().mapToLong(tensor -> tensor.shape().valueCount()).sum();
  }
}
