using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Hoop.Host.Authentication;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Host.Tests.Authentication;

/// <summary>Bodies of more than 64 KiB have room together: as many as somebody opens connections were the end of the gateway.</summary>
public sealed class BodyBudgetTests
{
    private const int Kibibyte = 1024;

    private readonly BodyBudget _budget = new(shared: 1024 * Kibibyte);
    private TestGateway _gateway = null!;
    private HttpClient _others = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start(services: services => services.AddSingleton(_budget));
        (_, _others) = await _gateway.CreateOrganization("others");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _others.Dispose();
        await _gateway.DisposeAsync();
    }

    [Test]
    public async Task Bodies_that_are_held_back_leave_room_for_small_ones_and_for_other_organizations(
        [Values("/api/agents", "/v1/identity/entity")] string path)
    {
        var body = new { name = new string('x', 300 * Kibibyte) };
        using (var held = await Hold(path, length: 900 * Kibibyte, sent: 500 * Kibibyte))
        using (var large = await Hold(path, length: 900 * Kibibyte, sent: 500 * Kibibyte))
        {
            await Eventually.True(
                () => _budget.Held >= 2 * ((500 * Kibibyte) - BodyBudget.Free), () => $"{_budget.Held} bytes are held");

            var refused = await _gateway.Operator.Post(path, body);
            var small = await _gateway.Operator.Post(path, new { name = $"small{path.Length}" });
            var others = await _others.Post(path, body);

            Assert.That((refused.Status, refused.Response.Headers.RetryAfter?.Delta),
                Is.EqualTo((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1))), refused.Body.GetRawText());
            Assert.That(refused.Body.GetRawText(), Does.Contain("too many large bodies are being read"));
            Assert.That(small.Response.IsSuccessStatusCode, small.Body.GetRawText());
            Assert.That((int)others.Status, Is.InRange(400, 422), others.Body.GetRawText());
        }

        await Eventually.True(() => _budget.Held == 0, () => $"{_budget.Held} bytes are held by nobody");
        Assert.That((int)(await _gateway.Operator.Post(path, body)).Status, Is.InRange(400, 422));
        await Eventually.True(() => _budget.Held == 0, () => $"{_budget.Held} bytes are held by nobody");
    }

    [Test]
    public void All_organizations_together_have_no_more_than_there_is()
    {
        var budget = new BodyBudget(shared: 100);
        var (one, two, three) = (Share(), Share(), Share());
        var large = Share();
        budget.Take(large, 51);
        budget.Take(one, 50);
        budget.Take(two, 40);

        Assert.That(() => budget.Take(new BodyBudget.Share(one.OrgId), 1), Throws.TypeOf<BodyRefused>(), "it has half");
        Assert.That(() => budget.Take(three, 11), Throws.TypeOf<BodyRefused>(), "there is no more");
        budget.Take(three, 10);
        Assert.That(budget.Held, Is.EqualTo(151));
        budget.GiveBack(one);
        budget.Take(three, 40);
        foreach (var share in new[] { two, three, large })
        {
            budget.GiveBack(share);
        }

        Assert.That(budget.Held, Is.Zero);
    }

    [Test]
    public void One_body_goes_on_when_all_that_is_shared_is_taken_and_then_another_one()
    {
        var budget = new BodyBudget(shared: 100);
        var (one, two) = (Share(), Share());
        budget.Take(one, 50);
        budget.Take(two, 50);

        budget.Take(one, 1);
        budget.Take(one, 1_000);
        Assert.That(() => budget.Take(two, 1), Throws.TypeOf<BodyRefused>(), "the place is taken");
        Assert.That(one.All, Is.EqualTo(1_051));

        budget.GiveBack(one);
        budget.Take(two, 1_000);
        Assert.That(() => budget.Take(Share(), 51), Throws.TypeOf<BodyRefused>());
        budget.GiveBack(two);
        Assert.That(budget.Held, Is.Zero);
    }

    private static BodyBudget.Share Share() => new(Guid.NewGuid());

    /// <summary>A request whose body does not come to its end.</summary>
    private async Task<TcpClient> Hold(string path, int length, int sent)
    {
        var connection = new TcpClient();
        await connection.ConnectAsync(_gateway.Address.Host, _gateway.Address.Port);
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"POST {path} HTTP/1.1\r\nHost: {_gateway.Address.Authority}\r\nAuthorization: Bearer {TestGateway.AdminToken}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head + "{\"name\":\"" + new string('x', sent - 9)));
        return connection;
    }
}
