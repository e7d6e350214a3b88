package dev.mor4j.quantize;

import dev.mor4j.model.AttentionConfig;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionConfig;
import dev.mor4j.model.RoutingConfig;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.quantize.checkpoint.CheckpointException;
import dev.mor4j.quantize.checkpoint.CheckpointException.Reason;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Combines config.json, the training yaml and the tensor names to one {@link MorConfig}, or reports
 * where they contradict each other.
 */
final class ConfigAgreement {
  private final Path checkpoint;
  private final LlamaConfig llama;
  private final NameSurvey names;

  /**
   * @param checkpoint the folder, for messages about tensor names
   */
  ConfigAgreement(Path checkpoint, LlamaConfig llama, NameSurvey names) {
    this.checkpoint = checkpoint;
    this.llama = llama;
    this.names = names;
  }

  /**
   * The configuration of a model without a training yaml.
   *
   * @throws CheckpointException unless the model is a plain Llama
   */
  MorConfig withoutYaml(String name) throws CheckpointException {
    String architecture = llama.tree().word("architectures").orElse("");
    if (names.kind() != RoutingKind.NONE
        || architecture.contains("MoR")
        || llama.tree().flag("kv_sharing.enable", false)) {
      throw new CheckpointException(
          checkpoint,
          Reason.TRAINING_CONFIG,
          "is a recursive or routed model without its training yaml: name the yaml to use");
    }
    return build(
        name,
        new RecursionConfig(1, llama.layerCount(), SharingPattern.NONE),
        RoutingConfig.NONE,
        KvPolicy.PER_STEP,
        llama.maxPositions());
  }

  /**
   * The configuration of a model with a training yaml.
   *
   * @throws CheckpointException where the yaml contradicts config.json or the tensor names
   */
  MorConfig with(MorYaml yaml, String name) throws CheckpointException {
    requireSameRouting(yaml);
    requireNamesShow(yaml);
    requireSameSizes(yaml);
    requireSameKvSharing(yaml);
    int ends = yaml.sharing().hasUnsharedEnds() ? 2 : 0;
    int shared = llama.layerCount() - ends;
    int blockLength = shared / yaml.recursionCount();
    if (blockLength < 1 || blockLength * yaml.recursionCount() != shared) {
      throw layersDoNotFit(yaml, llama.layerCount());
    }
    requireNamesShow(blockLength);
    int context = Math.min(llama.maxPositions(), yaml.maxLength().orElse(Integer.MAX_VALUE));
    return build(
        name,
        new RecursionConfig(yaml.recursionCount(), blockLength, yaml.sharing()),
        yaml.routing(),
        yaml.kvPolicy(),
        context);
  }

  private MorConfig build(
      String name,
      RecursionConfig recursion,
      RoutingConfig routing,
      KvPolicy kvPolicy,
      int contextLength)
      throws CheckpointException {
    try {
      AttentionConfig attention =
          new AttentionConfig(
              llama.headCount(),
              llama.kvHeadCount(),
              llama.keyLength(),
              (float) llama.rmsEpsilon(),
              (float) llama.ropeFreqBase(),
              llama.keyLength());
      return new MorConfig(
          name,
          contextLength,
          llama.embeddingLength(),
          llama.feedForwardLength(),
          llama.vocabularySize(),
          attention,
          recursion,
          routing,
          kvPolicy);
    } catch (IllegalArgumentException refused) {
      throw new CheckpointException(llama.file(), String.valueOf(refused.getMessage()), refused);
    }
  }

  private void requireSameRouting(MorYaml yaml) throws CheckpointException {
    RoutingKind stated = yaml.routing().kind();
    if (stated != names.kind()) {
      throw new CheckpointException(
          yaml.file(),
          "mor.enable and mor.type say %s, but the tensor names in %s show %s"
              .formatted(stated.key(), checkpoint, names.kind().key()));
    }
  }

  private void requireNamesShow(MorYaml yaml) throws CheckpointException {
    if (names.kind() == RoutingKind.NONE) {
      return;
    }
    if (names.unsharedEnds() != yaml.sharing().hasUnsharedEnds()) {
      throw namesDiffer(
          yaml,
          "recursive.sharing",
          yaml.sharing().key(),
          names.unsharedEnds() ? "unshared end layers" : "no unshared end layers");
    }
    if (names.stepCount() != yaml.recursionCount()) {
      throw namesDiffer(
          yaml, "recursive.num_recursion", yaml.recursionCount(), names.stepCount() + " steps");
    }
  }

  private void requireNamesShow(int blockLength) throws CheckpointException {
    if (names.kind() != RoutingKind.NONE && names.blockLength() != blockLength) {
      throw new CheckpointException(
          llama.file(),
          "num_hidden_layers %s makes %s layers per step, but the tensor names in %s show %s"
              .formatted(llama.layerCount(), blockLength, checkpoint, names.blockLength()));
    }
  }

  private CheckpointException namesDiffer(MorYaml yaml, String key, Object stated, String shown) {
    return new CheckpointException(
        yaml.file(),
        "%s says %s, but the tensor names in %s show %s".formatted(key, stated, checkpoint, shown));
  }

  private void requireSameSizes(MorYaml yaml) throws CheckpointException {
    Map<String, Double> found = new LinkedHashMap<>();
    found.put("hidden_size", (double) llama.embeddingLength());
    found.put("intermediate_size", (double) llama.feedForwardLength());
    found.put("num_attention_heads", (double) llama.headCount());
    found.put("num_key_value_heads", (double) llama.kvHeadCount());
    found.put("head_dim", (double) llama.keyLength());
    found.put("vocab_size", (double) llama.vocabularySize());
    found.put("rms_norm_eps", llama.rmsEpsilon());
    found.put("rope_theta", llama.ropeFreqBase());
    for (Map.Entry<String, Double> entry : found.entrySet()) {
      OptionalDouble stated = yaml.tree().number("model_config." + entry.getKey());
      if (stated.isPresent() && stated.getAsDouble() != entry.getValue()) {
        throw contradiction(
            yaml,
            "model_config." + entry.getKey(),
            text(stated.getAsDouble()),
            entry.getKey(),
            text(entry.getValue()));
      }
    }
    requireSameLayers(yaml);
  }

  private void requireSameLayers(MorYaml yaml) throws CheckpointException {
    String key =
        yaml.recursionCount() == 1 ? "recursive.base_depth" : "model_config.num_hidden_layers";
    boolean plain = !yaml.tree().flag("recursive.enable", false);
    int stated =
        yaml.tree()
            .integer(plain ? "model_config.num_hidden_layers" : key)
            .orElse(llama.layerCount());
    int used = usedLayers(yaml, stated);
    if (used != llama.layerCount()) {
      throw used == stated
          ? contradiction(yaml, key, stated, "num_hidden_layers", llama.layerCount())
          : layersDoNotFit(yaml, stated);
    }
  }

  /**
   * Layers that a model keeps of those it was built from: training drops the layers that do not
   * fill the steps, and writes the lower count to config.json.
   */
  private static int usedLayers(MorYaml yaml, int layers) {
    int ends = yaml.sharing().hasUnsharedEnds() ? 2 : 0;
    return (layers - ends) / yaml.recursionCount() * yaml.recursionCount() + ends;
  }

  private CheckpointException layersDoNotFit(MorYaml yaml, int layers) {
    return new CheckpointException(
        yaml.file(),
        "sharing %s with %s recursions uses %s of the %s layers, but %s says num_hidden_layers %s: check recursive.sharing and recursive.num_recursion"
            .formatted(
                yaml.sharing().key(),
                yaml.recursionCount(),
                Math.max(0, usedLayers(yaml, layers)),
                layers,
                llama.file(),
                llama.layerCount()));
  }

  private void requireSameKvSharing(MorYaml yaml) throws CheckpointException {
    boolean inConfig = llama.tree().flag("kv_sharing.enable", false);
    boolean inYaml = yaml.kvPolicy() != KvPolicy.PER_STEP;
    if (inConfig != inYaml) {
      throw contradiction(yaml, "kv_sharing.enable", inYaml, "kv_sharing.enable", inConfig);
    }
    if (!inConfig) {
      return;
    }
    int count = llama.tree().integer("kv_sharing.num_recursion").orElse(yaml.recursionCount());
    if (count != yaml.recursionCount()) {
      throw contradiction(
          yaml,
          "recursive.num_recursion",
          yaml.recursionCount(),
          "kv_sharing.num_recursion",
          count);
    }
    String sharing = llama.tree().word("kv_sharing.sharing").orElse(yaml.sharing().key());
    if (!sharing.equals(yaml.sharing().key())) {
      throw contradiction(
          yaml, "recursive.sharing", yaml.sharing().key(), "kv_sharing.sharing", sharing);
    }
    boolean stated = yaml.tree().flag("kv_sharing.update_cache", false);
    boolean update = llama.tree().flag("kv_sharing.update_cache", stated);
    if (yaml.routing().isRouted() && update != stated) {
      throw contradiction(
          yaml, "kv_sharing.update_cache", stated, "kv_sharing.update_cache", update);
    }
    int ends = yaml.sharing().hasUnsharedEnds() ? 2 : 0;
    int depth = (llama.layerCount() - ends) / yaml.recursionCount();
    int baseDepth = llama.tree().integer("kv_sharing.base_depth").orElse(depth);
    if (baseDepth != depth) {
      throw llama.tree().fault("kv_sharing.base_depth", depth + " layers per step", baseDepth);
    }
  }

  private CheckpointException contradiction(
      MorYaml yaml, String key, Object stated, String configKey, Object inConfig) {
    return new CheckpointException(
        yaml.file(),
        "%s is %s, but %s says %s %s".formatted(key, stated, llama.file(), configKey, inConfig));
  }

  private static String text(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
