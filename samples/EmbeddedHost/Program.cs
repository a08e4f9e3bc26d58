using OrderTracking;

await using var app = OrderTrackingHost.Build(args);
await OrderTrackingHost.Prepare(app, CancellationToken.None);
await app.RunAsync();
