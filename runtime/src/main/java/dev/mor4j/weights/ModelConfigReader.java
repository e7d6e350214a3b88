package dev.mor4j.weights;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.model.Architecture;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.KeyedChoice;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.model.MorConfig;

/** A model file of either architecture to checked hyperparameters. */
public final class ModelConfigReader {
  private ModelConfigReader() {}

  /**
   * Reads and checks.
   *
   * @throws GgufFormatException if the architecture is another, a key is missing, a value is out of
   *     range, or the file asks for something that the engine does not compute
   */
  public static MorConfig read(GgufFile file) throws GgufFormatException {
    return switch (architecture(file)) {
      case MOR -> MorConfigReader.read(file.metadata());
      case LLAMA -> LlamaConfigReader.read(file);
    };
  }

  private static Architecture architecture(GgufFile file) throws GgufFormatException {
    try {
      return KeyedChoice.of(
          Architecture.class,
          MetadataKeys.ARCHITECTURE,
          file.metadata().string(MetadataKeys.ARCHITECTURE));
    } catch (InvalidConfigException invalid) {
      throw new GgufFormatException(
          file.path(), invalid.key(), invalid.expected(), invalid.found());
    }
  }
}
