package dev.mor4j.kvcache;

import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.LayerRun;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * The structure of a model's K/V cache: regions of layers. The layers of a region share their
 * slots, because the same tokens write to all of them. Free of native code.
 *
 * @param config hyperparameters of the model
 * @param regions prelude, shared block and coda, in this order; only the shared block if the model
 *     has no unshared ends
 */
public record KvLayout(MorConfig config, List<Region> regions) {

  /**
   * Layers that share their slots. All steps take slots from one pool, so depth costs memory where
   * it occurs.
   *
   * @param name for reports
   * @param layerCount number of layers, each with a tensor of keys and one of values
   * @param steps number of steps with slots of their own, which is also the most slots that one
   *     token can hold
   * @param fallsBack whether a step reads step 0's slots of tokens that did not take it
   */
  public record Region(String name, int layerCount, int steps, boolean fallsBack) {

    /** The name of one step's part, for reports. */
    public String part(int step) {
      return steps == 1 ? name : "step " + step;
    }
  }

  /**
   * Where one run of a layer keeps its keys and values.
   *
   * @param region index of the region
   * @param layer index of the layer within the region
   * @param step the step whose slots rows read and write
   * @param writes whether the run writes keys and values of its rows before it reads
   */
  public record Place(int region, int layer, int step, boolean writes) {}

  public KvLayout {
    regions = List.copyOf(regions);
  }

  /** The layout for a model and its K/V policy. */
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

  /** Where a run of a layer keeps its keys and values. */
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

  /** The stored block whose keys and values a layer of a region holds. */
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
   * Whether tokens run step 0 even if their router drops them there, because later steps read keys
   * and values that only step 0 writes.
   */
  public boolean firstStepFeedsAll() {
    return config.kvPolicy() != KvPolicy.PER_STEP;
  }

  /** Whether rows that take a recursion step take slots for it. */
  public boolean writesAt(int step) {
    return step == 0 || config.kvPolicy() != KvPolicy.SHARED;
  }
}
