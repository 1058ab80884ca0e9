import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Reader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.Term;
import org.apache.lucene.monitor.MatchingQueries;
import org.apache.lucene.monitor.Monitor;
import org.apache.lucene.monitor.MonitorQuery;
import org.apache.lucene.monitor.MultipassTermFilteredPresearcher;
import org.apache.lucene.monitor.Presearcher;
import org.apache.lucene.monitor.QueryMatch;
import org.apache.lucene.monitor.TermFilteredPresearcher;
import org.apache.lucene.monitor.TermWeightor;
import org.apache.lucene.queries.intervals.IntervalQuery;
import org.apache.lucene.queries.intervals.Intervals;
import org.apache.lucene.queries.intervals.IntervalsSource;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.BytesRef;

/**
 * Lucene's Monitor on the topics and articles that compare.py wrote: articles per CPU second of one thread, and which
 * topics match.
 *
 * <p>Arguments: topics, warm-up articles, articles, where to write the matches, rounds, presearcher.
 */
public final class MonitorBench {
  /** No phrase and no proximity reaches from the title into the text. */
  private static final int BETWEEN_FIELDS = 100_000;

  private static final int LEAD_WORDS = 60;
  private static final double WARM_UP_SECONDS = 12;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  public static void main(String[] arguments) throws IOException {
    IndexSearcher.setMaxClauseCount(1 << 20);
    List<String> topics = Files.readAllLines(Path.of(arguments[0]));
    List<String> warmUp = Files.readAllLines(Path.of(arguments[1]));
    List<String> articles = Files.readAllLines(Path.of(arguments[2]));
    int rounds = Integer.parseInt(arguments[4]);
    Presearcher presearcher = presearcher(arguments[5], warmUp);
    try (Monitor monitor = new Monitor(new News(), presearcher)) {
      long started = THREADS.getCurrentThreadCpuTime();
      register(monitor, topics);
      double building = seconds(started);
      for (started = THREADS.getCurrentThreadCpuTime(); seconds(started) < WARM_UP_SECONDS; ) {
        run(monitor, warmUp, null);
      }
      List<Double> rates = new ArrayList<>();
      for (int round = 0; round < rounds; round++) {
        started = THREADS.getCurrentThreadCpuTime();
        run(monitor, articles, null);
        rates.add(articles.size() / seconds(started));
      }
      rates.sort(null);
      long tried;
      try (BufferedWriter out = Files.newBufferedWriter(Path.of(arguments[3]))) {
        tried = run(monitor, articles, out);
      }
      System.out.printf(
          "{\"median\": %.1f, \"slowest\": %.1f, \"quickest\": %.1f, \"building\": %.2f, \"tried\": %.1f}%n",
          rates.get(rounds / 2), rates.get(0), rates.get(rounds - 1), building, (double) tried / articles.size());
    }
  }

  private static double seconds(long started) {
    return (THREADS.getCurrentThreadCpuTime() - started) / 1e9;
  }

  private static Presearcher presearcher(String kind, List<String> articles) throws IOException {
    if (kind.equals("term-filtered")) {
      return new TermFilteredPresearcher();
    }
    String[] parts = kind.split("-");
    int passes = Integer.parseInt(parts[1]);
    if (parts.length == 2) {
      return new MultipassTermFilteredPresearcher(passes);
    }
    TermWeightor rare = TermWeightor.termFreqWeightor(frequencies(articles), 100, 0.01);
    return new MultipassTermFilteredPresearcher(passes, 0, rare, List.of(), Set.of());
  }

  private static Map<String, Integer> frequencies(List<String> articles) throws IOException {
    Map<String, Integer> counts = new HashMap<>();
    try (Analyzer analyzer = new News()) {
      for (String line : articles) {
        try (TokenStream words = analyzer.tokenStream("all", line)) {
          CharTermAttribute word = words.addAttribute(CharTermAttribute.class);
          words.reset();
          while (words.incrementToken()) {
            counts.merge(word.toString(), 1, Integer::sum);
          }
          words.end();
        }
      }
    }
    return counts;
  }

  private static void register(Monitor monitor, List<String> topics) throws IOException {
    List<MonitorQuery> queries = new ArrayList<>();
    for (String line : topics) {
      int tab = line.indexOf('\t');
      queries.add(new MonitorQuery(line.substring(0, tab), new Translated(line.substring(tab + 1)).query("all")));
    }
    monitor.register(queries);
  }

  private static long run(Monitor monitor, List<String> articles, BufferedWriter out) throws IOException {
    long tried = 0;
    for (String line : articles) {
      String[] parts = line.split("\t", -1);
      MatchingQueries<QueryMatch> found = monitor.match(document(parts), QueryMatch.SIMPLE_MATCHER);
      tried += found.getQueriesRun();
      if (out != null) {
        TreeSet<String> names = new TreeSet<>();
        found.getMatches().forEach(match -> names.add(match.getQueryId()));
        out.write(parts[0] + "\t" + String.join(" ", names) + "\n");
      }
    }
    return tried;
  }

  /** id, title, text, language, and the source with its parent domains. */
  private static Document document(String[] parts) {
    Document document = new Document();
    document.add(new TextField("all", parts[1], Field.Store.NO));
    document.add(new TextField("all", parts[2], Field.Store.NO));
    document.add(new TextField("title", parts[1], Field.Store.NO));
    document.add(new TextField("lead", parts[2], Field.Store.NO));
    document.add(new StringField("lang", parts[3], Field.Store.NO));
    for (String domain : parts[4].split(" ")) {
      document.add(new StringField("source", domain, Field.Store.NO));
    }
    return document;
  }

  /** Words as wirewatch cuts English text: letters, digits and marks in a row, without a possessive s. */
  private static final class News extends Analyzer {
    News() {
      super(PER_FIELD_REUSE_STRATEGY);
    }

    @Override
    protected TokenStreamComponents createComponents(String field) {
      Words words = new Words(field.equals("lead") ? LEAD_WORDS : Integer.MAX_VALUE);
      return new TokenStreamComponents(words, new ASCIIFoldingFilter(words));
    }

    @Override
    public int getPositionIncrementGap(String field) {
      return BETWEEN_FIELDS;
    }
  }

  private static final class Words extends Tokenizer {
    private final CharTermAttribute word = addAttribute(CharTermAttribute.class);
    private final OffsetAttribute offsets = addAttribute(OffsetAttribute.class);
    private final int most;
    private char[] text = new char[8192];
    private int size;
    private int at;
    private int count;

    Words(int most) {
      this.most = most;
    }

    @Override
    public void reset() throws IOException {
      super.reset();
      at = size = count = 0;
      for (int got = 0; got >= 0; size += Math.max(got, 0)) {
        if (size == text.length) {
          text = Arrays.copyOf(text, 2 * size);
        }
        got = read(input, text, size);
      }
    }

    private static int read(Reader from, char[] into, int start) throws IOException {
      return from.read(into, start, into.length - start);
    }

    @Override
    public boolean incrementToken() {
      clearAttributes();
      while (at < size && count < most) {
        if (!inWord(text[at])) {
          at++;
          continue;
        }
        int start = at;
        while (at < size && inWord(text[at])) {
          at++;
        }
        if (isPossessive(start)) {
          continue;
        }
        count++;
        char[] into = word.resizeBuffer(at - start);
        for (int place = start; place < at; place++) {
          into[place - start] = Character.toLowerCase(text[place]);
        }
        word.setLength(at - start);
        offsets.setOffset(correctOffset(start), correctOffset(at));
        return true;
      }
      return false;
    }

    private boolean isPossessive(int start) {
      return at - start == 1
          && (text[start] == 's' || text[start] == 'S')
          && start > 1
          && (text[start - 1] == '\'' || text[start - 1] == '\u2019')
          && inWord(text[start - 2]);
    }

    private static boolean inWord(char letter) {
      if (letter < 128) {
        return letter >= 'a' && letter <= 'z' || letter >= 'A' && letter <= 'Z' || letter >= '0' && letter <= '9';
      }
      int type = Character.getType(letter);
      return Character.isLetterOrDigit(letter)
          || type == Character.NON_SPACING_MARK
          || type == Character.COMBINING_SPACING_MARK;
    }

    @Override
    public void end() throws IOException {
      super.end();
      offsets.setOffset(correctOffset(size), correctOffset(size));
    }
  }

  /** A topic as compare.py writes it: operators before what they join, everything between blanks. */
  private static final class Translated {
    private final String[] words;
    private int at;

    Translated(String line) {
      words = line.split(" ");
    }

    Query query(String field) {
      String kind = words[at++];
      switch (kind) {
        case "and":
        case "or":
          BooleanQuery.Builder joined = new BooleanQuery.Builder();
          for (int parts = number(); parts > 0; parts--) {
            boolean absent = words[at].equals("not");
            at += absent ? 1 : 0;
            Occur wanted = kind.equals("and") ? Occur.MUST : Occur.SHOULD;
            joined.add(query(field), absent ? Occur.MUST_NOT : wanted);
          }
          return joined.build();
        case "scope":
          return query(words[at++]);
        case "about":
          return new TermQuery(new Term(words[at++], words[at++]));
        case "near":
        case "onear":
          at--;
          return new IntervalQuery(field, source());
        case "prefix":
          return new PrefixQuery(new Term(field, words[at++]));
        case "phrase":
          int size = number();
          if (size == 1) {
            return new TermQuery(new Term(field, words[at++]));
          }
          String[] row = Arrays.copyOfRange(words, at, at + size);
          at += size;
          return new PhraseQuery(field, row);
        default:
          throw new IllegalArgumentException(kind);
      }
    }

    private IntervalsSource source() {
      String kind = words[at++];
      switch (kind) {
        case "or":
          IntervalsSource[] parts = new IntervalsSource[number()];
          for (int part = 0; part < parts.length; part++) {
            parts[part] = source();
          }
          return Intervals.or(parts);
        case "near":
        case "onear":
          int distance = number();
          IntervalsSource left = source();
          IntervalsSource right = source();
          IntervalsSource forth = Intervals.maxgaps(distance, Intervals.ordered(left, right));
          return kind.equals("onear")
              ? forth
              : Intervals.or(forth, Intervals.maxgaps(distance, Intervals.ordered(right, left)));
        case "prefix":
          return Intervals.prefix(new BytesRef(words[at++]));
        case "phrase":
          int size = number();
          String[] row = Arrays.copyOfRange(words, at, at + size);
          at += size;
          return size == 1 ? Intervals.term(row[0]) : Intervals.phrase(row);
        default:
          throw new IllegalArgumentException(kind);
      }
    }

    private int number() {
      return Integer.parseInt(words[at++]);
    }
  }
}
