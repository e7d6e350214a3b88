package dev.mor4j.cli;

import dev.mor4j.cli.batch.BatchFlags;
import dev.mor4j.cli.bench.BenchCommand;
import dev.mor4j.cli.bench.BenchEngineFlags;
import dev.mor4j.cli.options.ComputeFlags;
import dev.mor4j.cli.options.DeviceFlags;
import dev.mor4j.cli.options.EngineFlags;
import dev.mor4j.cli.options.KvTypeFlags;
import dev.mor4j.cli.options.RandomModelFlags;
import dev.mor4j.cli.options.RoutingOptions;
import dev.mor4j.cli.options.SamplingFlags;
import dev.mor4j.cli.perplexity.PerplexityCommand;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Formats the help of a command with its options under headings: options of the same class of flags
 * stand together, after those of the command itself. picocli's own way, groups of options, costs 50
 * milliseconds at each start of a command.
 */
final class SectionedHelp extends Help {
  /** A heading, and the classes whose options it covers. */
  private record Section(String heading, Set<Class<?>> flags) {
    boolean holds(OptionSpec option) {
      return option.userObject() instanceof Field field
          && flags.contains(field.getDeclaringClass());
    }
  }

  /** The sections in the order of the help. */
  private static final List<Section> SECTIONS =
      List.of(
          new Section("Batches", Set.of(BatchFlags.class)),
          new Section("Reference run", Set.of(PerplexityCommand.ReferenceFlags.class)),
          new Section("Recursion depth", Set.of(RoutingOptions.class)),
          new Section("Sampling", Set.of(SamplingFlags.class)),
          new Section(
              "Compute",
              Set.of(
                  BenchEngineFlags.class,
                  ComputeFlags.class,
                  EngineFlags.class,
                  KvTypeFlags.class,
                  DeviceFlags.class)),
          new Section("Random weights", Set.of(RandomModelFlags.class)),
          new Section("Measurement", Set.of(BenchCommand.Measuring.class)));

  SectionedHelp(CommandSpec command, ColorScheme colors) {
    super(command, colors);
  }

  @Override
  public String optionList() {
    List<OptionSpec> others = new ArrayList<>(commandSpec().options());
    StringBuilder sections = new StringBuilder();
    for (Section section : SECTIONS) {
      List<OptionSpec> members = others.stream().filter(section::holds).toList();
      if (!members.isEmpty()) {
        sections
            .append(createHeading("%n" + section.heading() + ":%n"))
            .append(optionListExcludingGroups(members));
        others.removeAll(members);
      }
    }
    return optionListExcludingGroups(others) + optionListGroupSections() + sections;
  }
}
