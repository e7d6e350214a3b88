package dev.mor4j.cli;

import dev.mor4j.cli.bench.BenchCommand;
import dev.mor4j.cli.convert.ConvertCommand;
import dev.mor4j.cli.convert.RandomCommand;
import dev.mor4j.cli.devices.DevicesCommand;
import dev.mor4j.cli.devices.DoctorCommand;
import dev.mor4j.cli.embed.EmbedCommand;
import dev.mor4j.cli.inspect.InspectCommand;
import dev.mor4j.cli.inspect.LogitsCommand;
import dev.mor4j.cli.inspect.TokenizeCommand;
import dev.mor4j.cli.perplexity.PerplexityCommand;
import dev.mor4j.cli.quantize.ImatrixCommand;
import dev.mor4j.cli.quantize.QuantizeCommand;
import dev.mor4j.cli.run.RunCommand;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.HelpCommand;

/**
 * The commands of mor by name, in the order of the help. picocli needs about ten milliseconds to
 * read the annotations of each one, so only the commands that a command line needs are registered.
 */
final class Subcommands {
  private Subcommands() {}

  /** All commands. */
  static Map<String, Class<?>> all() {
    Map<String, Class<?>> commands = new LinkedHashMap<>();
    commands.put("run", RunCommand.class);
    commands.put("convert", ConvertCommand.class);
    commands.put("quantize", QuantizeCommand.class);
    commands.put("imatrix", ImatrixCommand.class);
    commands.put("random", RandomCommand.class);
    commands.put("inspect", InspectCommand.class);
    commands.put("tokenize", TokenizeCommand.class);
    commands.put("logits", LogitsCommand.class);
    commands.put("embed", EmbedCommand.class);
    commands.put("perplexity", PerplexityCommand.class);
    commands.put("bench", BenchCommand.class);
    commands.put("devices", DevicesCommand.class);
    commands.put("doctor", DoctorCommand.class);
    commands.put("completion", CompletionCommand.class);
    commands.put("help", HelpCommand.class);
    return commands;
  }

  /**
   * The commands that a command line can refer to: the one that it names first, none if it only
   * asks for the version, otherwise all.
   */
  static Map<String, Class<?>> neededFor(String... args) {
    Map<String, Class<?>> all = all();
    String first = args.length == 0 ? "" : args[0];
    Class<?> named = all.get(first);
    if (named != null && named != HelpCommand.class && named != CompletionCommand.class) {
      return Map.of(first, named);
    }
    boolean isVersion = args.length == 1 && (first.equals("--version") || first.equals("-V"));
    return isVersion ? Map.of() : all;
  }
}
