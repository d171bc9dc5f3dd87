"""Plans and sections of buildings: IFC models, cut and drawn as an architect would."""
