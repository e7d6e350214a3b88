package dev.mor4j.tests.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.mor4j.quantize.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Golden checkpoints give the reference's results, in F32 from the file to the K/V cache. Runs the
 * folders in the repository, or those in {@code -Dgolden.folder=DIR}; see golden/README.md.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GoldenTest {
  /**
   * Rounding of F32 sums in another order: a hundred times the observed difference, and far below
   * the effect of any wrong formula.
   */
  private static final double LOGIT_BOUND = 1e-4;

  /** Scores are computed early and are bounded, so they have smaller errors. */
  private static final double SCORE_BOUND = 1e-5;

  private final List<String> table = new ArrayList<>();
  private @TempDir Path scratch;

  @TestFactory
  Stream<DynamicNode> reproducesTheReference() throws IOException {
    List<GoldenFolder> folders = GoldenFolder.in(goldenFolder());
    assertThat(folders).isNotEmpty();
    return folders.stream()
        .map(
            folder ->
                dynamicContainer(
                    folder.name(), folder.isRefused() ? refusal(folder) : runs(folder)));
  }

  static Path goldenFolder() {
    return Path.of(System.getProperty("golden.folder", "src/test/resources/golden"));
  }

  private Stream<DynamicTest> refusal(GoldenFolder folder) {
    return Stream.of(
        dynamicTest(
            "is refused",
            () -> {
              Path own = Files.createDirectory(scratch.resolve("scratch-" + folder.name()));

              assertThatThrownBy(() -> folder.convert(own))
                  .isInstanceOf(CheckpointException.class)
                  .hasMessageContaining("adapt");
              table.add("%-32s refused".formatted(folder.name()));
            }));
  }

  /** Lazy, so that only one model is open at a time. */
  private Stream<DynamicTest> runs(GoldenFolder folder) {
    try {
      Path own = Files.createDirectory(scratch.resolve("scratch-" + folder.name()));
      GoldenModel model = new GoldenModel(folder, own);
      FolderResult result = new FolderResult(folder.name());
      Stream<DynamicTest> cases =
          model.cases().stream()
              .map(golden -> dynamicTest(golden.toString(), () -> check(model, golden, result)));
      DynamicTest end =
          dynamicTest(
              "has cases",
              () -> {
                model.close();
                table.add(result.line());
                assertThat(result.caseCount).isPositive();
              });
      return Stream.concat(cases, Stream.of(end));
    } catch (IOException failure) {
      return Stream.of(
          dynamicTest(
              "converts",
              () -> {
                throw failure;
              }));
    }
  }

  private static void check(GoldenModel model, GoldenCase golden, FolderResult result) {
    GoldenDifference difference = model.run(golden);

    result.add(difference);
    assertThat(difference.foundDepths()).isEqualTo(difference.expectedDepths());
    assertThat(difference.scores()).as("router scores").isLessThanOrEqualTo(SCORE_BOUND);
    assertThat(difference.logits()).as("logits").isLessThanOrEqualTo(LOGIT_BOUND);
  }

  /** The largest differences of a folder's cases. */
  private static final class FolderResult {
    private final String name;
    private double logits;
    private double scores;
    private int caseCount;
    private int wrongDepths;

    FolderResult(String name) {
      this.name = name;
    }

    void add(GoldenDifference difference) {
      logits = Math.max(logits, difference.logits());
      scores = Math.max(scores, difference.scores());
      caseCount++;
      wrongDepths += difference.sameDepths() ? 0 : 1;
    }

    String line() {
      return "%-32s logits %.1e  scores %.1e  wrong depths %d  cases %d"
          .formatted(name, logits, scores, wrongDepths, caseCount);
    }
  }

  /** Writes the table that tests/golden prints. */
  @AfterAll
  void writeTable() throws IOException {
    Files.write(Path.of("target/golden.txt"), table);
  }
}
