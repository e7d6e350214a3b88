package dev.mor4j.quantize;

import dev.mor4j.model.DecisionRule;
import dev.mor4j.model.Gating;
import dev.mor4j.model.KeyedChoice;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.RouterActivation;
import dev.mor4j.model.RouterKind;
import dev.mor4j.model.RoutingConfig;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.quantize.checkpoint.CheckpointException;
import dev.mor4j.quantize.checkpoint.CheckpointException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * The part of a training yaml that matters for inference. The yaml that users write, which may have
 * nulls, and the one that the trainer saves, where they are filled in, give the same result.
 *
 * @param tree the whole file
 * @param recursionCount recursion steps, 1 if no layer is shared
 * @param sharing {@code NONE} if no layer is shared
 * @param routerBias whether token choice adds a trained bias to its scores
 * @param recursionEncoding whether the output of some layers is scaled by a vector for each step
 * @param maxLength tokens per training window, if given
 */
record MorYaml(
    ConfigTree tree,
    int recursionCount,
    SharingPattern sharing,
    KvPolicy kvPolicy,
    RoutingConfig routing,
    boolean routerBias,
    boolean recursionEncoding,
    OptionalInt maxLength) {

  /**
   * The yaml to use: the given one, else {@code mor_config.yaml} in the folder, else the only yaml
   * there; empty if there is none.
   *
   * @throws CheckpointException if there are several and none has the usual name
   */
  static Optional<MorYaml> find(Path folder, Optional<Path> wanted) throws IOException {
    if (wanted.isPresent()) {
      return Optional.of(read(wanted.get()));
    }
    for (String usual : new String[] {"mor_config.yaml", "mor_config.yml", "mor_config.raw.yaml"}) {
      if (Files.isRegularFile(folder.resolve(usual))) {
        return Optional.of(read(folder.resolve(usual)));
      }
    }
    List<Path> others;
    try (Stream<Path> files = Files.list(folder)) {
      others = files.filter(file -> file.toString().matches(".*\\.ya?ml")).sorted().toList();
    }
    if (others.size() > 1) {
      throw new CheckpointException(
          folder,
          Reason.TRAINING_CONFIG,
          "expected one training yaml, found %s (%s ...): name the yaml to use"
              .formatted(others.size(), others.get(0).getFileName()));
    }
    return others.isEmpty() ? Optional.empty() : Optional.of(read(others.get(0)));
  }

  static MorYaml read(Path file) throws IOException {
    ConfigTree tree = ConfigTree.yaml(file);
    if (!tree.has("recursive") && !tree.has("mor")) {
      throw new CheckpointException(
          file, "expected a Mixture-of-Recursions training yaml with the keys recursive and mor");
    }
    try {
      return read(tree);
    } catch (IllegalArgumentException refused) {
      throw new CheckpointException(file, String.valueOf(refused.getMessage()), refused);
    }
  }

  private static MorYaml read(ConfigTree tree) throws IOException {
    boolean routed = tree.flag("mor.enable", false);
    boolean recursive = routed || tree.flag("recursive.enable", false);
    int count = recursive ? tree.requiredInteger("recursive.num_recursion") : 1;
    if (count < 1 || (routed && count < 2)) {
      throw tree.fault("recursive.num_recursion", routed ? "2 or more" : "1 or more", count);
    }
    SharingPattern sharing = count == 1 ? SharingPattern.NONE : sharing(tree);
    RoutingConfig routing = routed ? routing(tree, count) : RoutingConfig.NONE;
    return new MorYaml(
        tree,
        count,
        sharing,
        kvPolicy(tree, routing.kind(), count, sharing),
        routing,
        routing.kind() == RoutingKind.TOKEN_CHOICE
            && tree.word("mor.token.balancing").orElse("").equals("loss_free"),
        recursionEncoding(tree, routing.kind()),
        tree.integer("max_length"));
  }

  private static SharingPattern sharing(ConfigTree tree) throws CheckpointException {
    String key = "recursive.sharing";
    String word = tree.word(key).orElseThrow(() -> tree.fault(key, "a pattern", "nothing"));
    return KeyedChoice.of(SharingPattern.class, key, word);
  }

  private static RoutingConfig routing(ConfigTree tree, int count) throws CheckpointException {
    if (tree.flag("mor.rand_router", false)) {
      throw tree.fault("mor.rand_router", "false: random routing has no weights to convert", true);
    }
    String type = tree.word("mor.type").orElse("nothing");
    RouterKind router =
        switch (tree.word("mor.router_type").orElse("linear")) {
          case "linear" -> RouterKind.LINEAR;
          case "mlp", "wide_mlp" -> RouterKind.MLP;
          default ->
              throw tree.fault(
                  "mor.router_type", "linear, mlp or wide_mlp", tree.word("mor.router_type").get());
        };
    float temperature = (float) tree.number("mor.temp").orElse(1);
    return switch (type) {
      case "expert" -> expertChoice(tree, count, router, temperature);
      case "token" -> tokenChoice(tree, router, temperature);
      default -> throw tree.fault("mor.type", "expert or token", type);
    };
  }

  private static RoutingConfig expertChoice(
      ConfigTree tree, int count, RouterKind router, float temperature) throws CheckpointException {
    String key = "mor.expert.router_func";
    if (!tree.isStated(key)) {
      throw tree.fault(key, "sigmoid, tanh or null", "nothing");
    }
    RouterActivation activation =
        switch (tree.word(key).orElse("identity")) {
          case "sigmoid" -> RouterActivation.SIGMOID;
          case "tanh" -> RouterActivation.TANH;
          case "identity" -> RouterActivation.IDENTITY;
          default -> throw tree.fault(key, "sigmoid, tanh or null", tree.word(key).get());
        };
    if (activation != RouterActivation.IDENTITY && !tree.has("mor.expert.alpha")) {
      throw tree.fault("mor.expert.alpha", "a number", "nothing");
    }
    boolean auxiliary = tree.word("mor.expert.sampling").orElse("").equals("aux_router");
    return new RoutingConfig(
        RoutingKind.EXPERT_CHOICE,
        router,
        activation,
        (float) tree.number("mor.expert.alpha").orElse(1),
        temperature,
        gating(tree, "mor.expert.gating"),
        auxiliary ? DecisionRule.AUX_ROUTER : DecisionRule.THRESHOLD,
        activation == RouterActivation.SIGMOID || auxiliary ? 0.5f : 0,
        capacity(tree, count));
  }

  private static RoutingConfig tokenChoice(ConfigTree tree, RouterKind router, float temperature)
      throws CheckpointException {
    boolean sigmoid = tree.word("mor.token.router_func").orElse("").equals("sigmoid");
    return new RoutingConfig(
        RoutingKind.TOKEN_CHOICE,
        router,
        sigmoid ? RouterActivation.SIGMOID : RouterActivation.SOFTMAX,
        (float) tree.number("mor.token.alpha").orElse(sigmoid ? 0.1 : 1),
        temperature,
        gating(tree, "mor.token.gating"),
        DecisionRule.ARGMAX,
        0,
        List.of());
  }

  private static Gating gating(ConfigTree tree, String key) throws CheckpointException {
    return KeyedChoice.of(Gating.class, key, tree.word(key).orElse("weighted"));
  }

  private static List<Double> capacity(ConfigTree tree, int count) throws CheckpointException {
    List<Double> shares = new ArrayList<>();
    String key = "mor.capacity";
    Optional<String> stated = tree.word(key);
    if (stated.isEmpty()) {
      for (int step = 0; step < count; step++) {
        shares.add((double) (count - step) / count);
      }
      return shares;
    }
    for (String share : stated.get().split(",", -1)) {
      shares.add(tree.parse(key, share));
    }
    if (shares.size() != count) {
      throw tree.fault(key, count + " shares, as recursive.num_recursion says", stated.get());
    }
    return shares;
  }

  private static KvPolicy kvPolicy(
      ConfigTree tree, RoutingKind routing, int count, SharingPattern sharing)
      throws CheckpointException {
    if (!tree.flag("kv_sharing.enable", false)) {
      return KvPolicy.PER_STEP;
    }
    if (count < 2) {
      throw tree.fault("kv_sharing.enable", "false if no layers are shared", true);
    }
    int statedCount = tree.integer("kv_sharing.num_recursion").orElse(count);
    if (statedCount != count) {
      throw tree.fault("kv_sharing.num_recursion", "recursive.num_recursion " + count, statedCount);
    }
    String statedSharing = tree.word("kv_sharing.sharing").orElse(sharing.key());
    if (!statedSharing.equals(sharing.key())) {
      throw tree.fault("kv_sharing.sharing", "recursive.sharing " + sharing.key(), statedSharing);
    }
    if (sharing == SharingPattern.MIDDLE_SEQUENCE) {
      throw tree.fault("kv_sharing.enable", "false with middle_sequence", true);
    }
    boolean update = tree.flag("kv_sharing.update_cache", false);
    if (update && routing == RoutingKind.TOKEN_CHOICE) {
      throw tree.fault("kv_sharing.update_cache", "false with token choice", true);
    }
    // Training ignores the flag silently everywhere else.
    return update && routing == RoutingKind.EXPERT_CHOICE && sharing == SharingPattern.MIDDLE_CYCLE
        ? KvPolicy.SHARED_UPDATE
        : KvPolicy.SHARED;
  }

  private static boolean recursionEncoding(ConfigTree tree, RoutingKind routing)
      throws CheckpointException {
    if (!tree.flag("relaxation.enable", false)) {
      return false;
    }
    String method = tree.word("relaxation.method").orElse("nothing");
    if (!method.equals("recursion_encoding")) {
      throw tree.fault(
          "relaxation.method",
          "recursion_encoding: adapters (LoRA, DoRA, adaption prompts) are not supported",
          method);
    }
    if (routing == RoutingKind.EXPERT_CHOICE) {
      throw tree.fault("relaxation.enable", "false with expert choice", true);
    }
    return true;
  }

  Path file() {
    return tree.file();
  }
}
