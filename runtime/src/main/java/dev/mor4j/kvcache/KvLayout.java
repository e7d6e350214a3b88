package dev.mor4j.kvcache;

import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.LayerRun;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * Which keys and values exist: regions of layers that share their slots, since the same tokens
 * write all of them. Pure arithmetic.
 *
 * @param regions the prelude's first and the coda's last, where the model has these; the shared
 *     block's between them
 */
public record KvLayout(MorConfig config, List<Region> regions) {

  /**
   * Layers that share their slots.
   *
   * @param name for reports
   * @param layerCount pairs of key and value tensors
   * @param slotsPerToken most slots that one token can take
   */
  public record Region(String name, int layerCount, int slotsPerToken) {}

  /**
   * Where one execution of a block finds its keys and values.
   *
   * @param region index of the region
   * @param layer index of the layer within the region
   * @param writes whether it stores its own keys and values before it looks
   */
  public record Place(int region, int layer, boolean writes) {}

  public KvLayout {
    regions = List.copyOf(regions);
  }

  /** The layout that a model's policy asks for. */
  public static KvLayout of(MorConfig config) {
    RecursionConfig recursion = config.recursion();
    List<Region> regions = new ArrayList<>();
    if (recursion.sharing().hasUnsharedEnds()) {
      regions.add(new Region("prelude", 1, 1));
    }
    int steps = recursion.count();
    int layers = recursion.blockLength();
    switch (config.kvPolicy()) {
      case PER_STEP -> {
        if (recursion.sharing().repeatsEachLayer()) {
          regions.add(new Region("all steps", steps * layers, 1));
        } else {
          for (int step = 0; step < steps; step++) {
            regions.add(new Region("step " + step, layers, 1));
          }
        }
      }
      case SHARED -> regions.add(new Region("all steps", layers, 1));
      case SHARED_UPDATE -> regions.add(new Region("all steps", layers, steps));
    }
    if (recursion.sharing().hasUnsharedEnds()) {
      regions.add(new Region("coda", 1, 1));
    }
    return new KvLayout(config, regions);
  }

  /** Where a block's execution finds its keys and values. */
  public Place place(LayerRun run) {
    RecursionConfig recursion = config.recursion();
    if (!recursion.sharing().hasUnsharedEnds()) {
      return blockPlace(run.block(), run.step(), 0);
    }
    if (run.block() == 0) {
      return new Place(0, 0, true);
    }
    return run.block() > recursion.blockLength()
        ? new Place(regions.size() - 1, 0, true)
        : blockPlace(run.block() - 1, run.step(), 1);
  }

  private Place blockPlace(int layer, int step, int firstRegion) {
    if (config.kvPolicy() == KvPolicy.PER_STEP) {
      return config.recursion().sharing().repeatsEachLayer()
          ? new Place(firstRegion, layer * config.recursionCount() + step, true)
          : new Place(firstRegion + step, layer, true);
    }
    boolean writes = step == 0 || config.kvPolicy() == KvPolicy.SHARED_UPDATE;
    return new Place(firstRegion, layer, writes);
  }

  /**
   * Whether tokens must run step 0 even if their router drops them there: all later steps look at
   * keys and values that only step 0 writes.
   */
  public boolean firstStepFeedsAll() {
    return config.kvPolicy() != KvPolicy.PER_STEP;
  }
}
