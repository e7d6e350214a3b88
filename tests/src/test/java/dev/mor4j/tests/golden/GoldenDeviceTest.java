package dev.mor4j.tests.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.mor4j.gguf.TensorType;
import dev.mor4j.placement.DeviceOptions;
import dev.mor4j.placement.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Golden checkpoints give the reference's results on a device with its own memory and ggml's stock
 * operations only, and split between the device and the CPU. {@code -Dgolden.device=NAME} selects a
 * device of this machine; the default is a device of the trial backend.
 */
@Tag("device")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GoldenDeviceTest {
  private static final String DEVICE = System.getProperty("golden.device", "trial0");

  /**
   * As on the CPU, whose arithmetic the trial device uses. A GPU may multiply in half precision.
   */
  private static final double F32_BOUND = DEVICE.equals("trial0") ? 1e-4 : 2e-2;

  private static final double F16_BOUND = 2e-2;

  /** Placements, with their names in reports. */
  private static final Map<String, Set<Part>> PARTS =
      Map.of(
          "all", Set.of(Part.PRELUDE, Part.BLOCK, Part.CODA),
          "block", Set.of(Part.BLOCK),
          "prelude+coda", Set.of(Part.PRELUDE, Part.CODA));

  private final List<String> table = new ArrayList<>();
  private @TempDir Path scratch;

  @TestFactory
  Stream<DynamicTest> reproducesTheReference() throws IOException {
    return GoldenFolder.in(GoldenTest.goldenFolder()).stream()
        .filter(folder -> !folder.isRefused())
        .flatMap(
            folder ->
                PARTS.keySet().stream()
                    .sorted()
                    .map(
                        parts ->
                            dynamicTest(
                                folder.name() + ", " + parts + " on the device",
                                () -> check(folder, parts, TensorType.F32, F32_BOUND))));
  }

  @TestFactory
  Stream<DynamicTest> staysCloseWithKeysAndValuesInHalfPrecision() throws IOException {
    return GoldenFolder.in(GoldenTest.goldenFolder()).stream()
        .filter(folder -> !folder.isRefused())
        .map(
            folder ->
                dynamicTest(
                    folder.name(), () -> check(folder, "block", TensorType.F16, F16_BOUND)));
  }

  private void check(GoldenFolder folder, String parts, TensorType kvType, double bound)
      throws IOException {
    Path own = Files.createTempDirectory(scratch, folder.name());
    DeviceOptions device = DeviceOptions.named(DEVICE).withParts(PARTS.get(parts));
    try (GoldenModel model = new GoldenModel(folder, own, device, kvType)) {
      double logits = 0;
      double scores = 0;
      List<String> wrongDepths = new ArrayList<>();
      for (GoldenCase golden : model.cases()) {
        GoldenDifference difference = model.run(golden);
        logits = Math.max(logits, difference.logits());
        scores = Math.max(scores, difference.scores());
        if (!difference.sameDepths()) {
          wrongDepths.add(golden.toString());
        }
      }
      table.add(
          "%-30s %-12s K/V %s  logits %.1e  scores %.1e  wrong depths %s"
              .formatted(folder.name(), parts, kvType, logits, scores, wrongDepths));
      assertThat(model.placement().isCpuOnly()).isFalse();
      assertThat(wrongDepths).as("wrong depths").isEmpty();
      assertThat(scores).as("router scores").isLessThanOrEqualTo(bound);
      assertThat(logits).as("logits").isLessThanOrEqualTo(bound);
    }
  }

  /** Writes the table that tests/gpu/check prints. */
  @AfterAll
  void writeTable() throws IOException {
    Files.write(Path.of("target/golden-device.txt"), table.stream().sorted().toList());
  }
}
