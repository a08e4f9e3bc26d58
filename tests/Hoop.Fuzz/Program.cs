using System.Globalization;
using Hoop.Fuzz;
using SharpFuzz;

// Feeds every reader of hostile input with mutations of a small corpus, for a bounded time. Ends with code 1 at the first finding, whose
// input is printed and kept. For a coverage-guided run, instrument the assemblies with SharpFuzz and start it under AFL with --afl TARGET.
const string Usage = """
    Usage: Hoop.Fuzz [--seconds N] [--seed N] [--target NAME]    every target, or one, for N seconds (default 5)
           Hoop.Fuzz --target NAME --input FILE                  one input again
           Hoop.Fuzz --afl NAME                                  under AFL, by SharpFuzz
    """;
var options = new Dictionary<string, string>(StringComparer.Ordinal);
for (var at = 0; at < args.Length; at += 2)
{
    if (args[at] is not ("--seconds" or "--seed" or "--target" or "--input" or "--afl") || at + 1 == args.Length)
    {
        Console.Error.WriteLine(Usage);
        return 1;
    }

    options[args[at]] = args[at + 1];
}

var wanted = options.GetValueOrDefault("--target") ?? options.GetValueOrDefault("--afl");
var targets = Target.All.Where(target => wanted is null || target.Name == wanted).ToArray();
if (targets.Length == 0)
{
    Console.Error.WriteLine($"no target {wanted}; there are: {string.Join(", ", Target.All.Select(target => target.Name))}");
    return 1;
}

if (options.ContainsKey("--afl"))
{
    Fuzzer.OutOfProcess.Run(stream =>
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        targets[0].Run(copy.ToArray());
    });
    return 0;
}

if (options.TryGetValue("--input", out var file))
{
    targets[0].Run(File.ReadAllBytes(file));
    Console.WriteLine("no finding");
    return 0;
}

var seconds = int.Parse(options.GetValueOrDefault("--seconds", "5"), CultureInfo.InvariantCulture);
var seed = int.Parse(
    options.GetValueOrDefault("--seed", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
var code = 0;
foreach (var target in targets)
{
    var folder = Path.Combine(AppContext.BaseDirectory, "corpus", target.Name);
    var corpus = Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToArray();
    if (!Campaign.Run(target, corpus, seed, TimeSpan.FromSeconds(seconds), Console.Out))
    {
        code = 1;
    }
}

return code;
