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
 * What {@code mor inspect} knows of a file, in whatever form it is printed.
 *
 * @param file open
 * @param model what is in it, if it is of an architecture that runs
 * @param problem why it is none, if it says that it is one
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
      // The file itself is sound, and to find out why it does not run is what people inspect it
      // for.
      return new FileReport(file, Optional.empty(), Optional.of(FailureText.line(unusable)));
    }
  }

  /** Bytes of all tensors. */
  long weightBytes() {
    return file.tensors().stream().mapToLong(GgufTensorInfo::byteSize).sum();
  }

  /** Values of all tensors. */
  long parameterCount() {
    return file.tensors().stream().mapToLong(tensor -> tensor.shape().valueCount()).sum();
  }
}
