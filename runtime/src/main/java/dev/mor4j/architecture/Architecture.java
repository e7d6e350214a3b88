package dev.mor4j.architecture;

import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufMetadata;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RopePairing;
import dev.mor4j.model.TensorTable;
import java.util.List;
import java.util.Map;

/**
 * One family of models: how files spell its configuration, and which tensors it has. All code that
 * depends on the family is behind this interface; {@link Architectures} lists the families.
 *
 * <p>The layout of a block follows from the table: the loader fills {@code BlockWeights} by {@link
 * dev.mor4j.model.TensorRole}, and the graph applies an optional tensor, such as a recursion
 * encoding, in those blocks and steps that have one. An architecture with further tensors in a
 * block or a step adds their roles and lists them in its table.
 *
 * <p>Implementations have no state; any thread may call them.
 */
public interface Architecture {

  /** The value of {@code general.architecture}, which is also the prefix of its keys. */
  String name();

  /** Which values of a head the rotary embedding turns together. */
  RopePairing ropePairing();

  /**
   * Reads the hyperparameters from a file's directory and checks them.
   *
   * @param tensors of the file
   * @throws dev.mor4j.model.InvalidConfigException if a value is out of range or contradicts
   *     another; its key may have the prefix {@code mor}
   * @throws GgufFormatException if a key is missing or of another type, or if the file asks for
   *     something that the engine does not compute
   */
  MorConfig readConfig(GgufMetadata metadata, List<GgufTensorInfo> tensors)
      throws GgufFormatException;

  /** The keys that describe a configuration: what {@link #readConfig} reads, architecture first. */
  Map<String, GgufValue> metadata(MorConfig config);

  /** Every tensor that a model of that configuration has or may have. */
  TensorTable tensors(MorConfig config);

  /**
   * The spelling of a key in files of this architecture.
   *
   * @param key as {@link MetadataKeys} spells it, for the architecture {@code mor}
   */
  default String key(String key) {
    String prefix = MetadataKeys.ARCHITECTURE_NAME + ".";
    return key.startsWith(prefix) ? name() + "." + key.substring(prefix.length()) : key;
  }
}
