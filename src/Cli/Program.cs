return await Hoop.Cli.HoopCommand.Run(args, Console.Out, Console.Error);
