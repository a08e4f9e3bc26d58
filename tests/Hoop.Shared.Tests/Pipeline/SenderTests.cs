using Hoop.Shared.Pipeline;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Pipeline;

/// <summary>The way of a request through behaviours to its handler.</summary>
public sealed class SenderTests
{
    private readonly List<string> _steps = [];

    [SetUp]
    public void Clear() => _steps.Clear();

    [Test]
    public async Task Behaviours_run_in_their_order_around_the_handler()
    {
        var answer = await SenderWith(typeof(First<,>), typeof(Second<,>)).Send(new Ask("x"));
        Assert.That(answer, Is.EqualTo("x!"));
        Assert.That(_steps, Is.EqualTo(new[] { "first", "second", "handler x", "second is back", "first is back" }));
    }

    [Test]
    public async Task A_behaviour_that_does_not_go_on_answers_for_the_handler_which_is_not_even_made()
    {
        Assert.That(await SenderWith(typeof(First<,>), typeof(Stops)).Send(new Ask("x")), Is.EqualTo("stopped"));
        Assert.That(_steps, Is.EqualTo(new[] { "first", "first is back" }));
    }

    [Test]
    public void A_behaviour_that_goes_on_twice_is_a_bug_and_the_handler_runs_once()
    {
        Assert.That(() => SenderWith(typeof(GoesOnTwice), typeof(Second<,>)).Send(new Ask("x")), Throws.InvalidOperationException);
        Assert.That(_steps, Has.Exactly(1).StartsWith("handler"));
    }

    [Test]
    public async Task A_request_without_an_answer_is_handled_before_its_task_ends()
    {
        await SenderWith(typeof(First<,>)).Send(new Tell());
        Assert.That(_steps, Is.EqualTo(new[] { "first", "told", "first is back" }));
        _steps.Clear();
        await SenderWith().Send(new Tell());
        Assert.That(_steps, Is.EqualTo(new[] { "told" }));
    }

    [Test]
    public async Task What_the_handler_throws_comes_out_and_the_next_request_goes_its_own_way()
    {
        var sender = SenderWith(typeof(First<,>));
        Assert.That(() => sender.Send(new Ask("throw")), Throws.TypeOf<TimeoutException>());
        Assert.That(await sender.Send(new Ask("x")), Is.EqualTo("x!"));
    }

    [Test]
    public async Task Many_at_once_do_not_meet()
    {
        var sender = SenderWith(typeof(Yields<,>));
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(number => sender.Send(new Ask($"{number}"))));
        Assert.That(answers, Is.EqualTo(Enumerable.Range(0, 200).Select(number => $"{number}!")));
    }

    [Test]
    public void A_request_that_nobody_handles_says_so() =>
        Assert.That(() => SenderWith().Send(new Nobody()), Throws.InvalidOperationException.With.Message.Contains(nameof(Nobody)));

    [Test]
    public void Hoop_sends_with_it()
    {
        var services = new ServiceCollection().AddHoopShared(new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build());
        Assert.That(services.Last(service => service.ServiceType == typeof(ISender)).ImplementationType, Is.EqualTo(typeof(Sender)));
    }

    private Sender SenderWith(params Type[] behaviours)
    {
        var services = new ServiceCollection()
            .AddSingleton(_steps)
            .AddTransient<IRequestHandler<Ask, string>, AskHandler>()
            .AddTransient<IRequestHandler<Tell>, TellHandler>();
        foreach (var behaviour in behaviours)
        {
            services.AddTransient(
                behaviour.IsGenericTypeDefinition ? typeof(IPipelineBehavior<,>) : typeof(IPipelineBehavior<Ask, string>), behaviour);
        }

        return new Sender(services.BuildServiceProvider());
    }

    private sealed record Ask(string Text) : IRequest<string>;

    private sealed record Tell : IRequest;

    private sealed record Nobody : IRequest<string>;

    private sealed class AskHandler(List<string> steps) : IRequestHandler<Ask, string>
    {
        public Task<string> Handle(Ask request, CancellationToken cancellationToken)
        {
            lock (steps)
            {
                steps.Add($"handler {request.Text}");
            }

            return request.Text == "throw" ? throw new TimeoutException() : Task.FromResult($"{request.Text}!");
        }
    }

    private sealed class TellHandler(List<string> steps) : IRequestHandler<Tell>
    {
        public async Task Handle(Tell request, CancellationToken cancellationToken)
        {
            await Task.Yield();
            steps.Add("told");
        }
    }

    private sealed class First<TRequest, TResponse>(List<string> steps) : IPipelineBehavior<TRequest, TResponse>
        where TRequest : notnull
    {
        public async Task<TResponse> Handle(TRequest request, RequestHandlerDelegate<TResponse> next, CancellationToken cancellationToken)
        {
            steps.Add("first");
            var answer = await next(cancellationToken);
            steps.Add("first is back");
            return answer;
        }
    }

    private sealed class Second<TRequest, TResponse>(List<string> steps) : IPipelineBehavior<TRequest, TResponse>
        where TRequest : notnull
    {
        public async Task<TResponse> Handle(TRequest request, RequestHandlerDelegate<TResponse> next, CancellationToken cancellationToken)
        {
            steps.Add("second");
            var answer = await next(cancellationToken);
            steps.Add("second is back");
            return answer;
        }
    }

    private sealed class Yields<TRequest, TResponse> : IPipelineBehavior<TRequest, TResponse>
        where TRequest : notnull
    {
        public async Task<TResponse> Handle(TRequest request, RequestHandlerDelegate<TResponse> next, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return await next(cancellationToken);
        }
    }

    private sealed class Stops : IPipelineBehavior<Ask, string>
    {
        public Task<string> Handle(Ask request, RequestHandlerDelegate<string> next, CancellationToken cancellationToken) =>
            Task.FromResult("stopped");
    }

    private sealed class GoesOnTwice : IPipelineBehavior<Ask, string>
    {
        public async Task<string> Handle(Ask request, RequestHandlerDelegate<string> next, CancellationToken cancellationToken)
        {
            await next(cancellationToken);
            return await next(cancellationToken);
        }
    }
}
