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
   * Layers that share their slots. All steps draw from one pool, so that depth takes memory where
   * it occurs.
   *
   * @param name for reports
   * @param layerCount pairs of key and value tensors
   * @param steps how many steps have slots of their own; most slots that one token can take
   * @param fallsBack whether a step sees what step 0 stored for tokens that did not take it
   */
  public record Region(String name, int layerCount, int steps, boolean fallsBack) {

    /** Name of one step's share, for reports. */
    public String part(int step) {
      return steps == 1 ? name : "step " + step;
    }
  }

  /**
   * Where one execution of a block finds its keys and values.
   *
   * @param region index of the region
   * @param layer index of the layer within the region
   * @param step whose slots rows look at
   * @param writes whether it stores its own keys and values before it looks
   */
  public record Place(int region, int layer, int step, boolean writes) {}

  public KvLayout {
    regions = List.copyOf(regions);
  }

  /** The layout that a model's policy asks for. */
  public static KvLayout of(MorConfig config) {
    RecursionConfig recursion = config.recursion();
    List<Region> regions = new ArrayList<>();
    if (recursion.sharing().hasUnsharedEnds()) {
      regions.add(new Region("prelude", 1, 1, false));
    }
    int steps = recursion.count();
    int layers = recursion.blockLength();
    regions.add(
        switch (config.kvPolicy()) {
          case PER_STEP ->
              recursion.sharing().repeatsEachLayer()
                  ? new Region("all steps", steps * layers, 1, false)
                  : new Region("all steps", layers, steps, false);
          case SHARED -> new Region("all steps", layers, 1, false);
          case SHARED_UPDATE -> new Region("all steps", layers, steps, true);
        });
    if (recursion.sharing().hasUnsharedEnds()) {
      regions.add(new Region("coda", 1, 1, false));
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
      return new Place(0, 0, 0, true);
    }
    return run.block() > recursion.blockLength()
        ? new Place(regions.size() - 1, 0, 0, true)
        : blockPlace(run.block() - 1, run.step(), blockRegion());
  }

  /** The stored block whose keys and values one layer of a region holds. */
  public int storedBlock(int region, int layer) {
    RecursionConfig recursion = config.recursion();
    boolean hasTensorsByStep =
        recursion.sharing().repeatsEachLayer() && config.kvPolicy() == KvPolicy.PER_STEP;
    int block = hasTensorsByStep ? layer / recursion.count() : layer;
    if (!recursion.sharing().hasUnsharedEnds()) {
      return block;
    }
    return region == 0 ? 0 : region == blockRegion() ? block + 1 : recursion.blockLength() + 1;
  }

  /** Index of the shared block's region. */
  public int blockRegion() {
    return config.recursion().sharing().hasUnsharedEnds() ? 1 : 0;
  }

  private Place blockPlace(int layer, int step, int region) {
    if (config.recursion().sharing().repeatsEachLayer() && config.kvPolicy() == KvPolicy.PER_STEP) {
      return new Place(region, layer * config.recursionCount() + step, 0, true);
    }
    return switch (config.kvPolicy()) {
      case PER_STEP, SHARED_UPDATE -> new Place(region, layer, step, true);
      case SHARED -> new Place(region, layer, 0, step == 0);
    };
  }

  /**
   * Whether tokens must run step 0 even if their router drops them there: all later steps look at
   * keys and values that only step 0 writes.
   */
  public boolean firstStepFeedsAll() {
    return config.kvPolicy() != KvPolicy.PER_STEP;
  }

  /** Whether rows that take a pass through the shared block take slots there. */
  public boolean writesAt(int pass) {
    return pass == 0 || config.kvPolicy() != KvPolicy.SHARED;
  }
}
