package dev.mor4j.tests.pages;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the pages name exists: files behind links, and types of the source code. */
class PagesTest {
  private static final Path HOME = Path.of(System.getProperty("mor4j.home"));
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)(#[^)]*)?\\)");
  private static final Pattern TYPE =
      Pattern.compile("\\b(?:class|interface|record|enum) ([A-Z]\\w+)");

  /** A type in backticks, with or without a member: two capital letters apart, no constant. */
  private static final Pattern NAMED =
      Pattern.compile("`([A-Z][a-z]+(?:[A-Z][a-z]*)+)(?:\\.\\w+)*`");

  private static final List<String> FOLDERS =
      List.of(".", "docs", "docs/decisions", "models", "runtime", "examples/parallel-prompts");

  @Test
  void filesBehindRelativeLinksExist() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      LINK.matcher(Files.readString(page))
          .results()
          .map(link -> link.group(1))
          .filter(target -> !target.contains("://"))
          .filter(target -> !Files.exists(page.resolveSibling(target)))
          .forEach(target -> broken.add(HOME.relativize(page) + ": " + target));
    }

    assertThat(broken).isEmpty();
  }

  @Test
  void typesThatThePagesNameExist() throws IOException {
    Set<String> types = types();
    List<String> unknown = new ArrayList<>();
    for (Path page : pages()) {
      NAMED
          .matcher(Files.readString(page))
          .results()
          .map(name -> name.group(1))
          .filter(name -> !types.contains(name) && !isOfJava(name))
          .forEach(name -> unknown.add(HOME.relativize(page) + ": " + name));
    }

    assertThat(unknown).isEmpty();
  }

  private static boolean isOfJava(String name) {
    try {
      Class.forName("java.lang." + name);
      return true;
    } catch (ClassNotFoundException unknown) {
      return false;
    }
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    for (String folder : FOLDERS) {
      try (Stream<Path> files = Files.list(HOME.resolve(folder).normalize())) {
        files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
      }
    }
    assertThat(pages).hasSizeGreaterThan(15);
    return pages;
  }

  private static Set<String> types() throws IOException {
    Set<String> types = new HashSet<>();
    for (String module : List.of("bindings", "runtime", "quantize", "cli", "tests", "examples")) {
      try (Stream<Path> files = Files.walk(HOME.resolve(module))) {
        for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
          TYPE.matcher(Files.readString(file)).results().forEach(type -> types.add(type.group(1)));
        }
      }
    }
    return types;
  }
}
