package dev.mor4j.tests.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.Model;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.tests.fixtures.ReferenceForward;
import dev.mor4j.tests.fixtures.ReferenceWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code ReferenceForward}, which the differential tests rely on, gives the reference's results.
 */
class ReferenceForwardTest {
  /** The reference computes in F32, {@code ReferenceForward} in double precision. */
  private static final double BOUND = 5e-6;

  private @TempDir Path scratch;

  static List<GoldenFolder> folders() throws IOException {
    return GoldenFolder.in(GoldenTest.goldenFolder()).stream()
        .filter(folder -> !folder.isRefused())
        .toList();
  }

  @ParameterizedTest
  @MethodSource("folders")
  void givesTheResultsOfTheReference(GoldenFolder folder) throws IOException {
    Path gguf = folder.convert(scratch);
    GoldenArrays arrays = folder.arrays();
    MorConfig config = configOf(gguf);
    ReferenceForward reference = new ReferenceForward(config, ReferenceWeights.read(gguf));

    for (GoldenCase golden : GoldenCase.of(config, arrays)) {
      if (golden.chunkSize() == 0) {
        ReferenceForward.Result found =
            reference.run(
                arrays.ints(golden.prefix() + "input_ids", golden.row()), golden.routing());

        assertThat(
                GoldenDifference.relative(
                    arrays.floats(golden.prefix() + "logits", golden.row()), flat(found.logits())))
            .as(folder.name() + " " + golden)
            .isLessThan(BOUND);
        if (config.routing().kind() != RoutingKind.NONE) {
          assertThat(found.depths())
              .isEqualTo(arrays.depths(golden.prefix(), golden.row()).orElseThrow());
        }
      }
    }
  }

  private static MorConfig configOf(Path gguf) throws IOException {
    try (Model model = Model.load(gguf)) {
      return model.config();
    }
  }

  private static float[] flat(double[][] rows) {
    float[] flat = new float[rows.length * rows[0].length];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = (float) rows[i / rows[0].length][i % rows[0].length];
    }
    return flat;
  }
}
