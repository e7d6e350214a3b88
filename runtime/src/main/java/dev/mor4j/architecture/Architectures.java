package dev.mor4j.architecture;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufMetadata;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.model.MorConfig;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The registry of architectures. A new one is added to this list. */
public final class Architectures {
  /** Mixture-of-Recursions models, as models/GGUF.md describes them. */
  public static final Architecture MOR = new MorArchitecture();

  /** Plain Llama models, as llama.cpp's tools write them. */
  public static final Architecture LLAMA = new LlamaArchitecture();

  private static final List<Architecture> ALL = List.of(MOR, LLAMA);

  private Architectures() {}

  /** The architecture of that name; empty if models of it do not run. */
  public static Optional<Architecture> find(String name) {
    return ALL.stream().filter(architecture -> architecture.name().equals(name)).findAny();
  }

  /**
   * The architecture that a file names.
   *
   * @throws GgufFormatException if it names none, or one that does not run
   */
  public static Architecture of(GgufMetadata metadata) throws GgufFormatException {
    String name = metadata.string(MetadataKeys.ARCHITECTURE);
    Optional<Architecture> architecture = find(name);
    if (architecture.isEmpty()) {
      throw new GgufFormatException(
          metadata.file(), MetadataKeys.ARCHITECTURE, "one of " + names(), name);
    }
    return architecture.get();
  }

  /** The names of all architectures, for messages. */
  public static String names() {
    return ALL.stream().map(Architecture::name).collect(Collectors.joining(", "));
  }

  /**
   * Reads and checks a file's hyperparameters.
   *
   * @throws GgufFormatException if the architecture does not run, a key is missing, a value is out
   *     of range, or the file asks for something that the engine does not compute
   */
  public static MorConfig readConfig(GgufFile file) throws GgufFormatException {
    return readConfig(file.metadata(), file.tensors());
  }

  static MorConfig readConfig(GgufMetadata metadata, List<GgufTensorInfo> tensors)
      throws GgufFormatException {
    Architecture architecture = of(metadata);
    try {
      return architecture.readConfig(metadata, tensors);
    } catch (InvalidConfigException invalid) {
      throw new GgufFormatException(
          metadata.file(), architecture.key(invalid.key()), invalid.expected(), invalid.found());
    }
  }
}
