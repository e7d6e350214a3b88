package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.cli.command.ExitCodes;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line on a machine with a device other than the CPU. */
@Tag("device")
class DeviceFlagsTest {
  private static final String WHERE =
      "mor: prelude on TRIAL0, block on TRIAL0, coda on TRIAL0; each with its keys and values\n";

  @Test
  void runReportsThePlacementOfEachPart() {
    CommandRun onCpu = run("--device", "cpu");
    CommandRun chosen = run();
    CommandRun split = run("--device", "TRIAL0", "--device-parts", "block");

    assertThat(onCpu.err()).doesNotContain("TRIAL");
    assertThat(chosen.err()).startsWith(WHERE);
    assertThat(split.err())
        .startsWith("mor: prelude on CPU, block on TRIAL0, coda on CPU; each with its keys");
    assertThat(chosen.out()).isEqualTo(onCpu.out()).isEqualTo(split.out());
  }

  /**
   * With keys and values in F32: at the fifth token two words are nearly as likely, and what a
   * device rounds otherwise in F16 would decide between them.
   */
  private static CommandRun run(String... flags) {
    String[] arguments = {
      "run",
      "-p",
      "Once upon a time",
      "-n",
      "8",
      "--temp",
      "0",
      "-s",
      "1",
      "-ctk",
      "f32",
      "-ctv",
      "f32"
    };
    String[] all = new String[arguments.length + flags.length];
    System.arraycopy(arguments, 0, all, 0, arguments.length);
    System.arraycopy(flags, 0, all, arguments.length, flags.length);
    CommandRun run = CommandRun.of(all);
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run;
  }

  @Test
  void everyCommandThatComputesTakesADevice(@TempDir Path folder) throws Exception {
    Path text =
        Files.writeString(folder.resolve("text.txt"), "The fox sat under a tree. ".repeat(9));
    String logits = folder.resolve("logits.safetensors").toString();
    String matrix = folder.resolve("matrix.gguf").toString();

    CommandRun[] runs = {
      CommandRun.of("logits", "-p", "The fox", "-o", logits, "--device", "trial0"),
      CommandRun.of("perplexity", "-f", text.toString(), "-c", "32", "--device", "trial0"),
      CommandRun.of(
          "imatrix", "-f", text.toString(), "-c", "32", "-o", matrix, "--device", "trial0"),
      CommandRun.of(
          "bench", "-p", "8", "-n", "2", "-r", "1", "--accept-noise", "--device", "trial0"),
      CommandRun.of(
          "run", "--parallel", "2", "-f", text.toString(), "-n", "2", "--device", "trial0")
    };

    for (CommandRun run : runs) {
      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.err()).contains(WHERE);
    }
  }

  @Test
  void reportsOperationsThatFallBackFromADevice() {
    CommandRun willing = run();
    CommandRun falling = run("--device", "trial1", "--device-parts", "coda", "-c", "64");

    assertThat(willing.err()).doesNotContain(" falls back to ");
    assertThat(falling.err().lines()).contains("mor: TRIAL1 falls back to CPU: ROPE (2 in coda)");
    assertThat(falling.out()).isEqualTo(willing.out());
  }

  @Test
  void listsTheDevicesIfOneIsMissing() {
    CommandRun run = CommandRun.of("run", "-p", "Hi", "--device", "cuda0");

    assertThat(run.exitCode()).isEqualTo(ExitCodes.FAILED);
    assertThat(run.err())
        .isEqualTo(
            "mor: --device: expected auto or a device of this machine (cpu, trial0, trial1), found cuda0\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"head", "block,,coda", "all"})
  void refusesPartsThatNoModelHas(String parts) {
    CommandRun run = CommandRun.of("run", "-p", "Hi", "--device-parts", parts);

    assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.err())
        .isEqualTo(
            "mor: device parts: expected some of prelude, block, coda, found %s (set by --device-parts)\n"
                .formatted(parts));
  }

  @Test
  void refusesPartsForTheCpu() {
    CommandRun run = CommandRun.of("run", "-p", "Hi", "--device", "CPU", "--device-parts", "block");

    assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.err())
        .isEqualTo(
            "mor: --device-parts: expected a device other than the CPU, found --device cpu\n");
  }

  @Test
  void devicesListsMemoryKindAndFeatures() {
    CommandRun run = CommandRun.of("devices");

    assertThat(run.out())
        .contains("TRIAL0\n  kind         gpu\n")
        .containsPattern("memory       \\d\\.\\d GiB free of 2\\.0 GiB\n")
        .containsPattern("CPU\n  kind         cpu\n");
  }
}
