package fuels

// cfastItems are the items of the example library of CFAST 7, kilowatts against
// seconds since their own ignition. The burning areas are this program's
// suppositions.
// Source: R. D. Peacock et al., CFAST Version 7, NIST TN 1889 (2015), library of fires.
var cfastItems = []Item{
	{Name: "3_panel_workstation", Words: "office workstation, three panels", AreaM2: 2.25,
		Curve: [][2]float64{{0, 38}, {50, 166}, {100, 203}, {164, 274}, {228, 118}, {292, 136}, {356, 798}, {420, 1050}, {484, 3080}, {548, 6680}, {550, 6710}, {552, 6470}, {616, 2590}, {680, 2090}, {744, 1140}, {808, 826}, {872, 714}}},
	{Name: "bunkbed", Words: "bunk bed", AreaM2: 1.9,
		Curve: [][2]float64{{0, 0}, {99, 9.84}, {200, 171}, {240, 4620}, {300, 1330}, {401, 749}, {501, 218}, {602, 19.9}, {702, 28.5}, {803, 21.9}, {883, 23.5}}},
	{Name: "burner", Words: "gas burner that follows a programme", AreaM2: 0.25,
		Curve: [][2]float64{{0, 0}, {60, 100}, {120, 150}, {180, 200}, {240, 150}, {300, 125}, {360, 100}, {420, 90}, {480, 80}, {540, 75}, {1800, 75}}},
	{Name: "curtains", Words: "curtains", AreaM2: 0.5,
		Curve: [][2]float64{{120, 0}, {150, 50}, {168, 150}, {180, 240}, {210, 200}, {228, 150}, {240, 100}, {294, 50}, {462, 15}, {540, 3}}},
	{Name: "kiosk", Words: "kiosk", AreaM2: 1.5,
		Curve: [][2]float64{{0, 1}, {350, 33}, {700, 90}, {775, 136}, {851, 294}, {927, 348}, {1000, 387}, {1080, 403}, {1150, 323}, {1230, 1750}, {1260, 1290}, {1280, 1190}, {1350, 1330}, {1420, 1080}, {1480, 1100}, {1550, 1000}, {1620, 1260}, {1680, 977}, {1750, 805}, {2270, 529}}},
	{Name: "mattress_and_boxspring", Words: "mattress and box spring", AreaM2: 1.9,
		Curve: [][2]float64{{0, 25}, {400, 100}, {580, 300}, {615, 540}, {760, 300}, {910, 660}, {1100, 300}, {1200, 200}, {1500, 100}, {1700, 75}}},
	{Name: "sofa", Words: "sofa", AreaM2: 1.5,
		Curve: [][2]float64{{0, 0}, {100, 135.9}, {200, 953.9}, {300, 1864}, {400, 3447}, {500, 1667}, {600, 531.7}, {700, 539.3}, {800, 415.9}, {900, 317.4}, {1000, 240.8}, {1100, 216.6}}},
	{Name: "tv_set", Words: "television set", AreaM2: 0.3,
		Curve: [][2]float64{{150, 3}, {420, 10}, {480, 50}, {600, 150}, {720, 280}, {900, 150}, {1200, 90}, {1500, 120}, {1800, 35}}},
	{Name: "upholstered_chair", Words: "upholstered chair", AreaM2: 0.6,
		Curve: [][2]float64{{0, 0}, {90, 90.5}, {140, 452.5}, {200, 2099.6}, {265, 597.3}, {390, 144.8}, {540, 144.8}, {840, 90.5}, {1940, 0}}},
	{Name: "wardrobe", Words: "wardrobe", AreaM2: 0.8,
		Curve: [][2]float64{{60, 250}, {120, 1050}, {160, 3500}, {170, 4500}, {180, 3500}, {200, 1400}, {240, 600}, {600, 200}, {900, 150}}},
	{Name: "wood_wall", Words: "wall lined with wood", AreaM2: 1.0,
		Curve: [][2]float64{{0, 0}, {8000, 1000}}},
}
