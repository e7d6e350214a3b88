package dev.mor4j.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DepthStyleTest {
  @Test
  void marksStandBeforeTrailingSpace() {
    assertThat(DepthStyle.MARKED.show(" fox", 3, 3)).isEqualTo(" fox³");
    assertThat(DepthStyle.MARKED.show(".\n", 0, 3)).isEqualTo(".⁰\n");
    assertThat(DepthStyle.MARKED.show("deep", 12, 16)).isEqualTo("deep¹²");
  }

  @Test
  void coloursEndBeforeEachLineBreak() {
    String shown = DepthStyle.COLORED.show("a\nb", 1, 3);

    assertThat(shown).isEqualTo("\u001b[30;48;5;153ma\u001b[0m\n\u001b[30;48;5;153mb\u001b[0m");
  }

  @Test
  void deepestTokenHasTheLastColour() {
    for (int deepest = 1; deepest <= 64; deepest++) {
      assertThat(DepthStyle.COLORED.show("x", deepest, deepest)).contains("48;5;217m");
    }
  }

  @Test
  void legendShowsEveryDepth() {
    assertThat(DepthStyle.MARKED.legend(3)).endsWith(": ⁰ ¹ ² ³");
    assertThat(DepthStyle.COLORED.legend(2)).contains(" 0 ", " 1 ", " 2 ");
  }
}
