using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Replay;

/// <summary>The cases of <c>cases/*.txt</c>, each in an organization of its own: what a client of Vault sends and what it gets.</summary>
public sealed partial class ReplayTests
{
    private TestGateway _gateway = null!;
    private int _organizations;

    [OneTimeSetUp]
    public async Task Start() => _gateway = await TestGateway.Start();

    [OneTimeTearDown]
    public async Task Stop() => await _gateway.DisposeAsync();

    [TestCaseSource(typeof(StoryFiles), nameof(StoryFiles.All))]
    public async Task A_case_is_answered_as_it_says(Story story)
    {
        ArgumentNullException.ThrowIfNull(story);
        var (_, admin) = await _gateway.CreateOrganization($"case-{Interlocked.Increment(ref _organizations)}");
        using var client = admin;
        var kept = new Dictionary<string, string>(StringComparer.Ordinal) { ["absent"] = Guid.NewGuid().ToString() };
        foreach (var step in story.Steps)
        {
            var (status, text) = await Send(client, step, kept);
            var where = $"{story.File}:{step.Line} {step.Holder} {step.Method} {Filled(step.Path, kept)} was answered {status} {text}";
            Assert.That(status, Is.EqualTo(step.Status), where);
            var answer = text.Length > 0 ? JsonElement.Parse(text) : default;
            if (step.Expected is { } expected)
            {
                Assert.That(Expectation.Difference(Read(Filled(expected, kept)), answer), Is.Null, where);
            }

            if (status == 204)
            {
                Assert.That(text, Is.Empty, where);
            }

            foreach (var (name, path) in step.Keeps)
            {
                kept[name] = path.Split('.').Aggregate(answer, (value, member) => value.GetProperty(member)).ToString();
            }
        }
    }

    [Test]
    public void There_are_as_many_cases_as_were_promised()
    {
        var stories = StoryFiles.All().ToList();
        Assert.That(stories.Select(story => story.ToString()), Is.Unique);
        Assert.That(stories.Where(story => story.Steps.Count == 0), Is.Empty);
        Assert.That(stories, Has.Count.GreaterThanOrEqualTo(150));
    }

    [TestCase("""{"a": 1}""", """{"a": 1, "b": 2}""", true)]
    [TestCase("""{"a": 1}""", """{"b": 2}""", false)]
    [TestCase("""{"a": "-"}""", """{"b": 2}""", true)]
    [TestCase("""{"a": "-"}""", """{"a": null}""", false)]
    [TestCase("""{"a": "~^x.$"}""", """{"a": "xy"}""", true)]
    [TestCase("""{"a": "~^x.$"}""", """{"a": "xyz"}""", false)]
    [TestCase("""{"a": [1]}""", """{"a": [1, 2]}""", false)]
    [TestCase("""{"a": null}""", """{"a": []}""", false)]
    public void A_difference_is_seen(string expected, string actual, bool fits) =>
        Assert.That(Expectation.Difference(JsonElement.Parse(expected), JsonElement.Parse(actual)) is null, Is.EqualTo(fits));

    // A text alone is the one error of the answer.
    private static JsonElement Read(string expected)
    {
        var value = JsonElement.Parse(expected);
        return value.ValueKind == JsonValueKind.String
            ? JsonSerializer.SerializeToElement(new { errors = new[] { value.GetString() } })
            : value;
    }

    private async Task<(int Status, string Text)> Send(HttpClient admin, Step step, Dictionary<string, string> kept)
    {
        using var request = new HttpRequestMessage(new HttpMethod(step.Method), Filled(step.Path, kept));
        if (step.Body is { } body)
        {
            request.Content = new StringContent(Filled(body, kept), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        }

        // What the request names itself goes before the client's own token.
        if (step.Holder is { } holder and not Step.Nobody)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", kept[holder]);
        }

        using var response = await (step.Holder == Step.Nobody ? _gateway.Anonymous : admin).SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    // ${x*100} repeats a letter; ${name} is what an earlier step kept.
    private static string Filled(string text, Dictionary<string, string> kept) => Variable().Replace(text, match =>
        match.Groups["times"].Success
            ? string.Concat(
                Enumerable.Repeat(
                    match.Groups["name"].Value, int.Parse(match.Groups["times"].Value, System.Globalization.CultureInfo.InvariantCulture)))
            : kept.TryGetValue(match.Groups["name"].Value, out var value)
                ? value
                : throw new FormatException($"nothing was kept as {match.Value}"));

    [GeneratedRegex(@"\$\{(?<name>\w+)(?:\*(?<times>\d+))?\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variable();
}
