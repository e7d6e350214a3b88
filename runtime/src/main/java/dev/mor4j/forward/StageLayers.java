package dev.mor4j.forward;

import dev.mor4j.graph.Stage;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.model.LayerRun;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stage, and where its layers keep keys and values.
 *
 * @param place the place of the first layer, which shares its slots with all others of the stage;
 *     null for a stage without layers
 */
record StageLayers(Stage stage, KvLayout.@Nullable Place place) {

  static StageLayers of(Stage stage, List<LayerRun> runs, KvLayout layout) {
    return new StageLayers(stage, runs.isEmpty() ? null : layout.place(runs.getFirst()));
  }
}
