//! The vocabulary: what each thing that can be drawn is called in English and Chinese.

/// Where a scene plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Clouds from among them.
    Sky,
    /// Open water.
    Sea,
    /// Sand and surf.
    Beach,
    /// Ridges, the far ones with snow.
    Mountains,
    /// Conifers in haze.
    Forest,
    /// Dunes.
    Desert,
    /// Snow on the ground.
    Snowfield,
    /// Grass and flowers.
    Meadow,
    /// Tall buildings.
    City,
    /// Neon signs over wet ground.
    Street,
    /// Stars and a planet.
    Space,
    /// Below the surface, with coral.
    Underwater,
    /// A room with a window.
    Room,
    /// One color.
    Studio,
}

/// When.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Time {
    /// Daylight.
    Day,
    /// Low sun.
    Sunset,
    /// Moon and lamps.
    Night,
}

/// What falls or floats through the air.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Weather {
    /// Streaks.
    Rain,
    /// Flakes.
    Snow,
    /// Petals.
    Petals,
    /// Drifting mist.
    Fog,
    /// Glowing points that rise.
    Sparks,
    /// Bursts in the sky.
    Fireworks,
    /// Paper lanterns that float up.
    Lanterns,
}

/// How the camera moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Camera {
    /// Along with whoever goes; not at all where nobody does.
    Follow,
    /// Not at all but for a breath.
    Still,
    /// To the right.
    PanRight,
    /// To the left.
    PanLeft,
    /// Upwards.
    TiltUp,
    /// Downwards.
    TiltDown,
    /// Closer.
    PushIn,
    /// Away.
    PullOut,
    /// In somebody's hand.
    Handheld,
}

/// How a picture looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// Black and white.
    Noir,
    /// Old film.
    Film,
    /// Soft washes on paper.
    Watercolor,
    /// Purple, pink and cyan.
    Neon,
    /// Warm old brown.
    Sepia,
}

/// What a subject does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Motion {
    /// Stands and breathes.
    Stay,
    /// Crosses to the right.
    Right,
    /// Crosses to the left.
    Left,
    /// Goes in the direction that suits it.
    Go,
    /// Jumps.
    Bounce,
    /// Turns.
    Spin,
    /// Gets larger.
    Grow,
    /// Gets smaller.
    Shrink,
    /// Dances.
    Sway,
    /// Flies up.
    Rise,
    /// Comes down.
    Fall,
    /// Flies round.
    Circle,
    /// Trembles.
    Shake,
    /// Hovers.
    Float,
    /// Comes to the camera.
    Approach,
}

/// How large a subject is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Size {
    /// Far or little.
    Small,
    /// As usual.
    Medium,
    /// Near or huge.
    Large,
}

/// A word's meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Meaning {
    /// Where.
    Place(Place),
    /// When.
    Time(Time),
    /// The air.
    Weather(Weather),
    /// The camera.
    Camera(Camera),
    /// The look.
    Style(Style),
    /// What the subject before (or after) does.
    Motion(Motion),
    /// How large the next subject is.
    Size(Size),
    /// How many of the next subject there are.
    Count(usize),
    /// Where the subject stands: −1 left to 1 right.
    Side(f32),
    /// A color for plain backgrounds, sRGB.
    Color([f32; 3]),
    /// A road through the place.
    Road,
    /// The subject closes an eye now and then.
    Wink,
    /// Understood, and nothing to draw.
    Filler,
}

/// Phrases, separated by `|`, with their meaning; longer phrases are matched before shorter ones.
pub const PHRASES: &[(&str, Meaning)] = &[
    (
        "sky|in the clouds|above the clouds|open sky|天空|云端|云层|天上|云海",
        Meaning::Place(Place::Sky),
    ),
    (
        "sea|ocean|ocean waves|open water|lake|river|harbor|harbour|大海|海面|海上|海洋|海浪|湖|河|江",
        Meaning::Place(Place::Sea),
    ),
    (
        "beach|seaside|sandy beach|coast|shore|island|沙滩|海滩|海边|海岸|岛",
        Meaning::Place(Place::Beach),
    ),
    (
        "mountain|mountains|mountain range|valley|snowy peaks|alps|canyon|cliff|群山|山脉|山谷|雪山|高山|山路|山间|峡谷|山",
        Meaning::Place(Place::Mountains),
    ),
    (
        "forest|woods|pine forest|jungle|rainforest|bamboo|森林|树林|丛林|竹林|林中",
        Meaning::Place(Place::Forest),
    ),
    (
        "desert|sand dunes|dunes|sahara|沙漠|沙丘|戈壁",
        Meaning::Place(Place::Desert),
    ),
    (
        "snow field|snowfield|snowy plain|snowy land|snow-covered|snowy meadow|tundra|arctic|ice|in snow|in the snow|through snow|雪地|雪原|冰天雪地|雪中|冰原",
        Meaning::Place(Place::Snowfield),
    ),
    (
        "meadow|grassland|green field|field|field of flowers|grass|garden|park|farm|prairie|草地|草原|草坪|花田|花园|公园|田野|农场",
        Meaning::Place(Place::Meadow),
    ),
    (
        "city|skyline|city skyline|tall buildings|downtown|skyscrapers|town|future city|futuristic city|城市|都市|城市天际线|高楼|大厦|城镇|未来城市|街区",
        Meaning::Place(Place::City),
    ),
    (
        "street|neon street|cyberpunk|cyberpunk street|neon signs|tokyo|tokyo street|shibuya|alley|neon|festival|night market|霓虹|霓虹街道|街道|街头|东京|小巷|夜市|庙会|赛博朋克",
        Meaning::Place(Place::Street),
    ),
    (
        "space|outer space|universe|galaxy|orbit|moon surface|太空|宇宙|星系|外太空|银河",
        Meaning::Place(Place::Space),
    ),
    (
        "underwater|deep sea|sea floor|coral reef|reef|coral|aquarium|under the sea|水下|海底|深海|珊瑚礁|珊瑚|水族馆",
        Meaning::Place(Place::Underwater),
    ),
    (
        "room|living room|indoors|indoor|house|kitchen|bedroom|home|office|classroom|房间|室内|客厅|屋里|厨房|卧室|家里|办公室|教室",
        Meaning::Place(Place::Room),
    ),
    (
        "studio|plain background|backdrop|studio background|纯色背景|棚拍|背景板",
        Meaning::Place(Place::Studio),
    ),
    (
        "day|daylight|sunny|sunny day|daytime|morning|noon|blue sky|sunshine|白天|晴天|阳光|阳光下|晴朗|早晨|清晨|中午|蓝天",
        Meaning::Time(Time::Day),
    ),
    (
        "sunset|dusk|golden hour|evening|evening glow|sunrise|dawn|twilight|日落|黄昏|夕阳|夕阳下|傍晚|晚霞|日出|黎明|朝霞",
        Meaning::Time(Time::Sunset),
    ),
    (
        "night|at night|nighttime|midnight|under the stars|moonlight|starry|starry night|night sky|夜晚|夜里|夜空|月光|月光下|星空|星空下|深夜|午夜|夜景|夜",
        Meaning::Time(Time::Night),
    ),
    (
        "rain|rainy|raining|heavy rain|storm|drizzle|下雨|雨中|大雨|小雨|暴雨|雨",
        Meaning::Weather(Weather::Rain),
    ),
    (
        "snow|snowing|snowfall|snow falling|snowflakes|snowy|blizzard|下雪|雪花|大雪|飘雪|雪花飘落|雪",
        Meaning::Weather(Weather::Snow),
    ),
    (
        "petals|falling petals|cherry blossom|cherry blossoms|blossom|blossoms|sakura|falling leaves|花瓣|樱花|花瓣飘落|樱花飘落|樱花雨|落叶",
        Meaning::Weather(Weather::Petals),
    ),
    (
        "fog|mist|foggy|misty|haze|smoke|雾|薄雾|大雾|雾气|雾气弥漫|烟雾",
        Meaning::Weather(Weather::Fog),
    ),
    (
        "sparks|embers|glowing sparks|fireflies|firefly|magic dust|火花|火星|萤火虫|流萤|光点",
        Meaning::Weather(Weather::Sparks),
    ),
    (
        "fireworks|firework|exploding fireworks|烟花|烟火|放烟花|烟花绽放",
        Meaning::Weather(Weather::Fireworks),
    ),
    (
        "lanterns|lantern|sky lanterns|paper lanterns|灯笼|孔明灯|天灯|花灯|灯会|灯节",
        Meaning::Weather(Weather::Lanterns),
    ),
    (
        "static camera|fixed shot|locked shot|固定镜头|静止镜头",
        Meaning::Camera(Camera::Still),
    ),
    (
        "pan right|pans right|panning right|camera moves right|镜头右移|镜头向右|向右摇镜头|右摇",
        Meaning::Camera(Camera::PanRight),
    ),
    (
        "pan left|pans left|panning left|camera moves left|镜头左移|镜头向左|向左摇镜头|左摇",
        Meaning::Camera(Camera::PanLeft),
    ),
    (
        "tilt up|tilts up|tilting up|camera rises|镜头上移|镜头向上|上摇",
        Meaning::Camera(Camera::TiltUp),
    ),
    (
        "tilt down|tilts down|tilting down|镜头下移|镜头向下|下摇",
        Meaning::Camera(Camera::TiltDown),
    ),
    (
        "zoom in|zooms in|push in|pushes in|dolly in|close-up|close up|camera moves closer|镜头推近|推镜头|镜头拉近|推进|推近|特写",
        Meaning::Camera(Camera::PushIn),
    ),
    (
        "zoom out|zooms out|pull back|pulls back|pull out|dolly out|wide shot|镜头拉远|拉镜头|镜头后退|拉远|远景|全景",
        Meaning::Camera(Camera::PullOut),
    ),
    (
        "handheld|handheld camera|shaky camera|手持|手持镜头|镜头抖动|镜头晃动",
        Meaning::Camera(Camera::Handheld),
    ),
    (
        "black and white|noir|film noir|monochrome|黑白|黑白电影",
        Meaning::Style(Style::Noir),
    ),
    (
        "35mm|film grain|film look|vintage film|vintage|cinematic|胶片|胶片质感|电影感|复古",
        Meaning::Style(Style::Film),
    ),
    (
        "watercolor|watercolour|watercolor painting|ink painting|painting|水彩|水彩画|水墨|水墨风|绘画",
        Meaning::Style(Style::Watercolor),
    ),
    (
        "neon style|synthwave|vivid neon colors|vaporwave|霓虹风格|荧光色|蒸汽波",
        Meaning::Style(Style::Neon),
    ),
    ("sepia|old photo|老照片|怀旧", Meaning::Style(Style::Sepia)),
    (
        "from left to right|moves right|walks right|runs right|to the right|goes right|从左向右|从左往右|向右走|跑向右边|往右",
        Meaning::Motion(Motion::Right),
    ),
    (
        "from right to left|moves left|walks left|runs left|to the left|goes left|从右向左|从右往左|向左走|跑向左边|往左",
        Meaning::Motion(Motion::Left),
    ),
    (
        "walk|walks|walking|run|runs|running|moving|moves|driving|drives|drive|ride|rides|riding|crossing|crosses|passing|passes|patrol|patrols|patrolling|marching|marches|travels|sailing|sails|swim|swims|swimming|racing|chasing|flying|flies|fly|走|走路|走过|行走|漫步|散步|跑|奔跑|跑步|行驶|驶过|开过|巡逻|穿过|经过|游|游泳|游动|飞翔|飞行|飞过|航行|前进|奔驰|疾驰|驶",
        Meaning::Motion(Motion::Go),
    ),
    (
        "jump|jumps|jumping|hop|hops|hopping|bounce|bounces|bouncing|leaps|跳|跳跃|弹跳|蹦蹦跳跳|跳来跳去|蹦",
        Meaning::Motion(Motion::Bounce),
    ),
    (
        "spin|spins|spinning|rotates|rotating|twirls|turning around|旋转|转圈|转动|打转",
        Meaning::Motion(Motion::Spin),
    ),
    (
        "grows|growing|gets bigger|gets larger|grows bigger|变大|逐渐变大|越来越大|长大",
        Meaning::Motion(Motion::Grow),
    ),
    (
        "shrinks|shrinking|gets smaller|变小|缩小|逐渐变小|越来越小",
        Meaning::Motion(Motion::Shrink),
    ),
    (
        "dance|dances|dancing|sways|swaying|swings|rocks|waving|跳舞|舞蹈|摇摆|摇晃|左右摇摆|挥手",
        Meaning::Motion(Motion::Sway),
    ),
    (
        "rise|rises|rising|flies up|takes off|take off|taking off|lift off|launches|launching|ascends|升起|起飞|上升|缓缓上升|向上飞|发射|升空",
        Meaning::Motion(Motion::Rise),
    ),
    (
        "falls|falling|falls down|drops|descends|lands|landing|落下|从天而降|掉下来|降落|下落|坠落",
        Meaning::Motion(Motion::Fall),
    ),
    (
        "circles|circling|flies in circles|flying in circles|soaring|盘旋|绕圈|绕圈飞|绕着|环绕|orbits|orbiting|绕|翱翔",
        Meaning::Motion(Motion::Circle),
    ),
    (
        "shakes|shaking|trembles|trembling|shivers|shivering|发抖|颤抖|抖动|哆嗦",
        Meaning::Motion(Motion::Shake),
    ),
    (
        "float|floats|floating|hovers|hovering|drifts|drifting|漂浮|飘动|悬浮|浮动|漂",
        Meaning::Motion(Motion::Float),
    ),
    (
        "approaches|approaching|comes towards|coming towards|towards the camera|rushes at|走来|朝镜头走来|冲向镜头|由远及近|驶来",
        Meaning::Motion(Motion::Approach),
    ),
    (
        "stands|standing|sits|sitting|resting|waiting|staying still|stays|smiling|sleeping|looking|站着|站在|坐着|坐在|停在|微笑|看着|等待",
        Meaning::Motion(Motion::Stay),
    ),
    (
        "small|tiny|little|distant|far|cute little|小小的|很小的|远处的|小",
        Meaning::Size(Size::Small),
    ),
    (
        "big|huge|giant|large|enormous|gigantic|大大的|巨大的|巨大|巨型|大",
        Meaning::Size(Size::Large),
    ),
    (
        "one|a|an|一只|一个|一位|一头|一辆|一架|一条|一匹|一艘|一名|一座",
        Meaning::Count(1),
    ),
    (
        "two|a pair of|a couple of|两只|两个|两位|两头|两辆|两架|两条|两匹|一对|两艘|两名",
        Meaning::Count(2),
    ),
    (
        "three|several|some|a few|三只|三个|三位|三头|三辆|三架|三条|三匹|几只|几个|一些|三名",
        Meaning::Count(3),
    ),
    ("four|四只|四个|四头|四辆|四条", Meaning::Count(4)),
    (
        "many|a group of|a herd of|a flock of|a school of|full of|lots of|dozens of|a crowd of|schools of|五只|五个|许多|很多|一群|成群的|成群|满是|一队|大量",
        Meaning::Count(5),
    ),
    (
        "on the left|left side|左边|左侧|画面左边",
        Meaning::Side(-1.0),
    ),
    (
        "in the middle|in the center|in the centre|中间|中央",
        Meaning::Side(0.0),
    ),
    (
        "on the right|right side|右边|右侧|画面右边",
        Meaning::Side(1.0),
    ),
    (
        "road|mountain road|highway|path|track|railway|公路|马路|道路|小路|高速公路|铁路|山路上",
        Meaning::Road,
    ),
    (
        "winking|winks|wink|blinking|blinks|眨眼|眨眼睛|眨着眼|眨着眼睛",
        Meaning::Wink,
    ),
    ("red|红色|红", Meaning::Color([0.86, 0.18, 0.17])),
    ("orange|橙色|橙", Meaning::Color([0.95, 0.55, 0.15])),
    ("yellow|黄色|黄", Meaning::Color([0.97, 0.83, 0.25])),
    ("green|绿色|绿", Meaning::Color([0.30, 0.68, 0.33])),
    ("cyan|青色|青", Meaning::Color([0.25, 0.78, 0.80])),
    ("blue|蓝色|蓝", Meaning::Color([0.22, 0.42, 0.85])),
    ("purple|紫色|紫", Meaning::Color([0.55, 0.30, 0.75])),
    ("pink|粉色|粉", Meaning::Color([0.96, 0.60, 0.72])),
    ("white|白色|白", Meaning::Color([0.95, 0.95, 0.95])),
    ("gray|grey|灰色|灰", Meaning::Color([0.55, 0.56, 0.58])),
    ("black|黑色|黑", Meaning::Color([0.06, 0.06, 0.08])),
    (
        "the|in|on|at|with|over|of|and|under|through|across|into|above|below|around|to|from|by|its|his|her|their|is|are|there|this|that|while|as|near|behind|along|off|up|down|camera|video|clip|scene|shot|background|slow|gentle|quick|fast|bright|slowly|quickly|gently|beautiful|scenic|view|clean|style|it|video of|light|的|在|里|上|下|中|与|和|着|了|一|有|是|从|向|把|被|旁边|背景|画面|镜头|慢慢|缓缓|轻轻|快速|美丽的|美丽|风格|一起|正在|面|边|前|后|旁|内|处|地|得|整洁的|干净的",
        Meaning::Filler,
    ),
];

/// Words for several people at once: phrases, and how many.
pub const COMPANIES: &[(&str, usize)] = &[
    ("couple|lovers|情侣|恋人|夫妻|一对情侣|一对恋人|一对夫妻", 2),
    ("people|friends|tourists|人们|朋友们|游客", 3),
    ("crowd|crowds|crowd of people|people in the street|人群", 6),
];
/// Those whom a company is made of, in turns.
pub const COMPANIONS: [&str; 3] = ["1f6b6-200d-2640", "1f6b6-200d-2642", "1f6b6"];
/// Kinds of fish that a school is made of, in turns.
pub const SCHOOL: [&str; 3] = ["1f420", "1f41f", "1f421"];

/// Everyday words for pictures of the sprite pack, beside its own labels: phrases, then the picture's code.
pub const SUBJECTS: &[(&str, &str)] = &[
    (
        "dog|puppy|corgi|golden retriever|shiba|狗|小狗|狗狗|柯基|金毛犬|金毛|柴犬",
        "1f415",
    ),
    ("dog face|puppy face|狗脸", "1f436"),
    ("cat|kitten|kitty|猫|小猫|猫咪|橘猫", "1f408"),
    ("bunny|rabbit|兔子|小兔子|兔", "1f407"),
    ("tiger|老虎", "1f405"),
    ("horse|pony|马|骏马", "1f40e"),
    ("cow|cattle|牛|奶牛", "1f404"),
    ("pig|猪|小猪", "1f416"),
    ("bear|熊|小熊", "1f43b"),
    ("panda|熊猫|大熊猫", "1f43c"),
    ("fox|狐狸", "1f98a"),
    ("wolf|狼", "1f43a"),
    ("lion|狮子", "1f981"),
    ("mammoth|woolly mammoth|猛犸|猛犸象", "1f9a3"),
    ("elephant|大象|象", "1f418"),
    ("bird|小鸟|鸟", "1f426"),
    ("eagle|hawk|老鹰|鹰", "1f985"),
    ("penguin|企鹅", "1f427"),
    ("fish|goldfish|鱼|小鱼|鱼群", "1f420"),
    ("shark|鲨鱼", "1f988"),
    ("whale|鲸鱼|鲸", "1f40b"),
    ("dolphin|海豚", "1f42c"),
    ("turtle|sea turtle|乌龟|海龟", "1f422"),
    ("dinosaur|t-rex|恐龙|霸王龙", "1f996"),
    ("dragon|龙|巨龙", "1f409"),
    ("monkey|猴子", "1f412"),
    (
        "woman|girl walking|lady|女人|女子|女性|女士",
        "1f6b6-200d-2640",
    ),
    ("man|guy|男人|男子|男性|男士", "1f6b6-200d-2642"),
    (
        "person|pedestrian|traveler|traveller|someone|人|行人|路人|旅人",
        "1f6b6",
    ),
    ("girl|女孩|小女孩|姑娘", "1f467"),
    ("boy|男孩|小男孩", "1f466"),
    ("child|kid|孩子|小孩|儿童", "1f9d2"),
    ("grandmother|grandma|奶奶|外婆", "1f475"),
    ("grandfather|grandpa|爷爷|外公", "1f474"),
    ("astronaut|宇航员|航天员", "1f9d1-200d-1f680"),
    ("skier|滑雪者", "26f7"),
    ("surfer|冲浪者", "1f3c4"),
    ("cyclist|骑行者|骑车人", "1f6b4"),
    ("runner|jogger|跑者", "1f3c3"),
    ("chef|厨师", "1f9d1-200d-1f373"),
    ("wizard|magician|巫师|魔法师|法师", "1f9d9"),
    ("mermaid|美人鱼", "1f9dc-200d-2640"),
    ("ninja|忍者", "1f977"),
    ("santa|santa claus|圣诞老人", "1f385"),
    ("robot|android|机器人", "1f916"),
    ("ghost|幽灵|鬼", "1f47b"),
    ("alien|外星人", "1f47d"),
    ("snowman|雪人", "26c4"),
    ("car|sedan|automobile|汽车|小汽车|轿车|车", "1f697"),
    ("sports car|race car|赛车|跑车", "1f3ce"),
    ("taxi|cab|出租车", "1f695"),
    ("bus|公交车|巴士|大巴", "1f68c"),
    ("truck|卡车|货车", "1f69a"),
    ("motorcycle|motorbike|摩托车", "1f3cd"),
    ("bike|bicycle|自行车|单车", "1f6b4"),
    ("train|steam train|locomotive|火车|列车", "1f682"),
    ("tram|streetcar|trolley|电车|有轨电车", "1f68b"),
    ("rocket|spaceship|spacecraft|火箭|宇宙飞船|飞船", "1f680"),
    ("plane|airplane|jet|飞机|客机", "2708"),
    ("helicopter|直升机", "1f681"),
    ("ship|cruise ship|轮船|船|大船", "1f6a2"),
    ("boat|sailboat|sailing boat|帆船|小船", "26f5"),
    ("ufo|flying saucer|飞碟|外星飞船", "1f6f8"),
    ("ferris wheel|摩天轮", "1f3a1"),
    ("christmas tree|圣诞树", "1f384"),
    ("cake|birthday cake|蛋糕|生日蛋糕", "1f382"),
    ("coffee|cup of coffee|hot drink|咖啡|热饮|茶", "2615"),
    ("beer|啤酒", "1f37a"),
    ("campfire|bonfire|fire|flame|篝火|火焰|火堆|火", "1f525"),
    ("heart|love heart|爱心|红心|心", "2764"),
    ("star|星星", "2b50"),
    ("rainbow|彩虹", "1f308"),
    ("planet|saturn|行星|土星", "1fa90"),
    ("comet|彗星", "2604"),
    ("tornado|龙卷风", "1f32a"),
    ("snowflake|雪花图案", "2744"),
    ("fountain|喷泉", "26f2"),
    ("pumpkin|南瓜|南瓜灯", "1f383"),
    ("teddy bear|泰迪熊", "1f9f8"),
    ("butterfly|蝴蝶", "1f98b"),
    ("bee|honeybee|蜜蜂", "1f41d"),
    ("deer|鹿|小鹿", "1f98c"),
    ("unicorn|独角兽", "1f984"),
    ("swan|天鹅", "1f9a2"),
    ("duck|鸭子|小鸭子", "1f986"),
    ("owl|猫头鹰", "1f989"),
    ("octopus|章鱼", "1f419"),
    ("crab|螃蟹", "1f980"),
    ("camel|骆驼", "1f42a"),
    ("giraffe|长颈鹿", "1f992"),
    ("zebra|斑马", "1f993"),
    ("kangaroo|袋鼠", "1f998"),
    ("koala|考拉", "1f428"),
    ("polar bear|北极熊", "1f43b-200d-2744"),
    ("hedgehog|刺猬", "1f994"),
    ("squirrel|chipmunk|松鼠", "1f43f"),
    ("frog|青蛙", "1f438"),
    ("snail|蜗牛", "1f40c"),
    ("snake|蛇", "1f40d"),
    ("chick|小鸡", "1f424"),
    ("rooster|chicken|hen|公鸡|鸡|母鸡", "1f413"),
    ("seal|海豹", "1f9ad"),
    ("smiley|smiling face|笑脸", "1f60a"),
    ("superhero|超级英雄", "1f9b8"),
    ("fairy|仙女|精灵", "1f9da"),
    ("police car|警车", "1f693"),
    ("fire truck|消防车", "1f692"),
    ("ambulance|救护车", "1f691"),
    ("tractor|拖拉机", "1f69c"),
    ("speedboat|快艇", "1f6a4"),
    ("canoe|独木舟", "1f6f6"),
    ("sun|太阳", "1f31e"),
    ("moon|月亮|满月", "1f31d"),
    ("dancer|woman dancing|舞者|跳舞的女人", "1f483"),
    ("parrot|鹦鹉", "1f99c"),
    ("flamingo|火烈鸟", "1f9a9"),
    ("goat|山羊", "1f410"),
    ("sheep|ram|绵羊|羊", "1f40f"),
    ("gorilla|大猩猩", "1f98d"),
    ("hippo|河马", "1f99b"),
    ("rhino|犀牛", "1f98f"),
];
