package dev.mor4j.quantize;

import dev.mor4j.model.RoutingKind;
import dev.mor4j.quantize.checkpoint.CheckpointException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the tensor names of a checkpoint show about the model.
 *
 * @param kind the kind of routing
 * @param stepCount recursion steps that the names show; 1 without a router
 * @param blockLength layers per step that the names show; all layers without a router
 * @param unsharedEnds whether the first and the last layer are outside the routed steps
 * @param bareTokenModule whether the only module of {@code model.layers} has no index, as official
 *     token choice with the pattern cycle names it
 */
record NameSurvey(
    RoutingKind kind,
    int stepCount,
    int blockLength,
    boolean unsharedEnds,
    boolean bareTokenModule) {

  private static final Pattern ADAPTER =
      Pattern.compile("\\.(lora_\\w+|base_layer|adaption_\\w+|modules_to_save)(\\.|$)");
  private static final Pattern EXPERT_ROUTER =
      Pattern.compile("model\\.layers\\.(\\d+)\\.mor_router\\..+");
  private static final Pattern EXPERT_LAYER =
      Pattern.compile("model\\.layers\\.(\\d+)\\.block\\.(\\d+)\\..+");
  private static final Pattern TOKEN_LAYER =
      Pattern.compile("model\\.layers\\.(\\d+\\.)?block_list\\.(\\d+)\\.(\\d+)\\..+");
  private static final Pattern PLAIN_LAYER = Pattern.compile("model\\.layers\\.(\\d+)\\..+");
  private static final Pattern END_LAYER = Pattern.compile("model\\.layers\\.0\\.self_attn\\..+");

  /**
   * @param checkpoint the folder, for messages
   * @throws CheckpointException if the names are those of an adapter
   */
  static NameSurvey of(Path checkpoint, Collection<String> names) throws CheckpointException {
    for (String name : names) {
      Matcher adapter = ADAPTER.matcher(name);
      if (adapter.find() || name.startsWith("base_model.")) {
        throw new CheckpointException(
            checkpoint,
            "tensor %s belongs to an adapter (LoRA, DoRA or adaption prompt): not supported, merge it into the weights first"
                .formatted(name));
      }
    }
    Set<String> tokenSteps = captured(names, TOKEN_LAYER, 2);
    if (!tokenSteps.isEmpty()) {
      return new NameSurvey(
          RoutingKind.TOKEN_CHOICE,
          tokenSteps.size(),
          captured(names, TOKEN_LAYER, 3).size(),
          anyMatches(names, END_LAYER),
          names.stream().anyMatch(name -> name.startsWith("model.layers.block_list.")));
    }
    Set<String> expertSteps = captured(names, EXPERT_ROUTER, 1);
    if (!expertSteps.isEmpty()) {
      return new NameSurvey(
          RoutingKind.EXPERT_CHOICE,
          expertSteps.size(),
          captured(names, EXPERT_LAYER, 2).size(),
          anyMatches(names, END_LAYER),
          false);
    }
    return new NameSurvey(
        RoutingKind.NONE, 1, captured(names, PLAIN_LAYER, 1).size(), false, false);
  }

  private static Set<String> captured(Collection<String> names, Pattern pattern, int group) {
    Set<String> found = new TreeSet<>();
    for (String name : names) {
      Matcher matcher = pattern.matcher(name);
      if (matcher.matches()) {
        found.add(matcher.group(group));
      }
    }
    return found;
  }

  private static boolean anyMatches(Collection<String> names, Pattern pattern) {
    return names.stream().anyMatch(name -> pattern.matcher(name).matches());
  }
}
